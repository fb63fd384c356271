// HTML of a mail for a sandboxed frame under a policy that forbids inline styles and anything from elsewhere: what the policy would
// refuse is taken out first, so that a harmless mail makes no report. The frame's sandbox is what protects; this only keeps quiet.

const removed =
  'script, style, link, meta, base, iframe, frame, object, embed, form, input, button, video, audio, svg, math, template, noscript'

/** Text and structure without scripts, styles, handlers and references. In a browser only: it needs DOMParser. */
export function quietDocument(html: string): string {
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  for (const element of parsed.querySelectorAll(removed)) element.remove()
  for (const element of parsed.querySelectorAll('*')) {
    for (const { name } of [...element.attributes]) if (!kept.has(name)) element.removeAttribute(name)
    if (element.tagName === 'IMG') element.replaceWith(parsed.createTextNode(element.getAttribute('alt') ?? ''))
  }
  return `<!doctype html><html lang="en"><head><title>Message</title></head>${parsed.body.outerHTML}</html>`
}

/** What says something and fetches nothing. Links lead nowhere in a sandbox, and show where they would. */
const kept = new Set(['alt', 'title', 'lang', 'dir', 'colspan', 'rowspan', 'align'])
