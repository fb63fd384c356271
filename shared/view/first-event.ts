/** One line of a snippet; the strong ones are those that a reader changes. */
export interface SnippetLine {
  text: string
  strong?: true
}

/**
 * The call that sends the first event. The API key comes from the environment: no page ever knows a whole one.
 * No Idempotency-Key: whoever changes the address and sends again would be told that the key was used with another body.
 */
function curlSnippet(origin: string, eventType: string): SnippetLine[] {
  return [
    { text: `curl -X POST ${origin}/api/v1/events \\`, strong: true },
    { text: '  -H "Authorization: Bearer $SIGNALBOX_API_KEY" \\' },
    { text: '  -H "Content-Type: application/json" \\' },
    { text: "  -d '{" },
    { text: `    "type": "${eventType}",`, strong: true },
    { text: '    "source": "github", "subject": "repo/7",' },
    { text: '    "recipients": [{ "id": "u1", "email": "you@example.com" }],', strong: true },
    { text: '    "data": { "title": "Retry budget per tenant",' },
    { text: '              "url": "https://example.com/pr/7" }' },
    { text: "  }'" },
  ]
}

function nodeSnippet(origin: string, eventType: string): SnippetLine[] {
  return [
    { text: `const answer = await fetch('${origin}/api/v1/events', {`, strong: true },
    { text: "  method: 'POST'," },
    { text: '  headers: {' },
    { text: '    authorization: `Bearer ${process.env.SIGNALBOX_API_KEY}`,' },
    { text: "    'content-type': 'application/json'," },
    { text: '  },' },
    { text: '  body: JSON.stringify({' },
    { text: `    type: '${eventType}',`, strong: true },
    { text: "    source: 'github', subject: 'repo/7'," },
    { text: "    recipients: [{ id: 'u1', email: 'you@example.com' }],", strong: true },
    { text: "    data: { title: 'Retry budget per tenant', url: 'https://example.com/pr/7' }," },
    { text: '  }),' },
    { text: '})' },
  ]
}

function pythonSnippet(origin: string, eventType: string): SnippetLine[] {
  return [
    { text: 'import json, os, urllib.request' },
    { text: '' },
    { text: `request = urllib.request.Request("${origin}/api/v1/events", method="POST", headers={`, strong: true },
    { text: '    "Authorization": "Bearer " + os.environ["SIGNALBOX_API_KEY"],' },
    { text: '    "Content-Type": "application/json",' },
    { text: '}, data=json.dumps({' },
    { text: `    "type": "${eventType}",`, strong: true },
    { text: '    "source": "github", "subject": "repo/7",' },
    { text: '    "recipients": [{"id": "u1", "email": "you@example.com"}],', strong: true },
    { text: '    "data": {"title": "Retry budget per tenant", "url": "https://example.com/pr/7"},' },
    { text: '}).encode())' },
    { text: 'print(urllib.request.urlopen(request).read())' },
  ]
}

export interface Snippet {
  id: string
  label: string
  lines: SnippetLine[]
}

/** The same call in the ways that people try first. */
export function firstEventSnippets(origin: string, eventType: string): Snippet[] {
  return [
    { id: 'curl', label: 'curl', lines: curlSnippet(origin, eventType) },
    { id: 'node', label: 'Node', lines: nodeSnippet(origin, eventType) },
    { id: 'python', label: 'Python', lines: pythonSnippet(origin, eventType) },
  ]
}

/** The body of the snippet, for "send it for me". */
export function firstEvent(eventType: string) {
  return {
    type: eventType,
    source: 'github',
    subject: 'repo/7',
    recipients: [{ id: 'u1', email: 'you@example.com' }],
    data: { title: 'Retry budget per tenant', url: 'https://example.com/pr/7' },
  }
}

export function snippetText(lines: readonly SnippetLine[]): string {
  return lines.map((line) => line.text).join('\n')
}
