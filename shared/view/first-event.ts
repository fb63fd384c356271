/** One line of a snippet; the strong ones are those that a reader changes. */
export interface SnippetLine {
  text: string
  strong?: true
}

/**
 * The call that sends the first event. The API key comes from the environment: no page ever knows a whole one.
 * No Idempotency-Key: whoever changes the address and sends again would be told that the key was used with another body.
 */
export function firstEventSnippet(origin: string, eventType: string): SnippetLine[] {
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

export function snippetText(lines: readonly SnippetLine[]): string {
  return lines.map((line) => line.text).join('\n')
}
