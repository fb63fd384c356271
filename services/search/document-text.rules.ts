// What of a row is text for people, as plain text. Pure.
import { createHash } from 'node:crypto'

/** Only so much of a text is indexed: the rest of a very long mail says what its beginning says. */
export const textLimit = 20_000

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** The text of a mail's HTML: what a reader would see of it. */
export function textOfHtml(html: string): string {
  return html
    .slice(0, 10 * textLimit)
    .replaceAll(/<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<!--[\s\S]*?-->/g, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => entityOf(name) ?? whole)
}

function entityOf(name: string): string | undefined {
  if (!name.startsWith('#')) return entities[name.toLowerCase()]
  const code = name[1]!.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
  // A lone surrogate is no character.
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : ' '
}

/** One line of plain text, without what the database or a terminal would trip over, at most `textLimit` long. */
export function plain(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u001f\u007f\s]+/g, ' ')
      .trim()
      .slice(0, textLimit)
      .toWellFormed()
  )
}

/** The text of a rendered message (see NotificationDetail.content). */
export function textOfContent(content: Record<string, unknown> | null): string {
  if (content === null) return ''
  const of = (name: string): string => (typeof content[name] === 'string' ? content[name] : '')
  const text = of('text') || of('body') || (of('html') ? textOfHtml(of('html')) : '')
  return plain(text)
}

/** Every text and number inside a JSON value, without its names. */
export function valuesOf(value: unknown): string {
  const parts: string[] = []
  const walk = (part: unknown): void => {
    if (typeof part === 'string' || typeof part === 'number') parts.push(String(part))
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(walk)
  }
  walk(value)
  return plain(parts.join(' '))
}

/** Grows when documents are made otherwise: everything is indexed again then (`npm run search:rebuild`). */
const version = 1

export function fingerprintOf(parts: { title: string; body: string; names: string; filters: Record<string, string>; at: Date }): string {
  const { title, body, names, filters, at } = parts
  return createHash('sha256')
    .update(JSON.stringify([version, title, body, names, Object.entries(filters).sort(), at.getTime()]))
    .digest('base64url')
    .slice(0, 22)
}
