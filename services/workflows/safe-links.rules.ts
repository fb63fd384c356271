// Links in messages lead to http, https or mailto, whatever the data said.

const allowed = new Set(['http:', 'https:', 'mailto:'])
const maxUrlCharacters = 2_048

/** An absolute URL as it may stand in a message, or null. */
export function safeUrl(text: string | null): string | null {
  const trimmed = text?.trim() ?? ''
  if (trimmed === '' || trimmed.length > maxUrlCharacters) return null
  let url: URL
  try {
    url = new URL(trimmed)
  } catch {
    return null
  }
  if (!allowed.has(url.protocol)) return null
  // As it was written, unless it holds what a parser would have dropped on the way.
  return /^[\x21-\x7e]+$/.test(trimmed) ? trimmed : url.href
}

const linkAttribute = /([\s"'/](?:href|src|action|formaction|background|poster|xlink:href)\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)/gi
const schemeOf = /^([a-z][a-z0-9+.-]*):/i
const imageSchemes = /^(cid:|data:image\/(png|gif|jpeg|webp)[;,])/i

/** HTML with every link that has another scheme turned into `#`. Links within the page and relative ones are left alone. */
export function withSafeLinks(html: string): string {
  return html.replaceAll(linkAttribute, (whole, attribute: string, quoted: string) => {
    // Browsers drop blanks and controls before and inside the scheme, and read character references.
    const value = quoted
      .replace(/^["']|["']$/g, '')
      .replaceAll(
        /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(colon|tab|newline));?/gi,
        (reference, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
          if (name) return name.toLowerCase() === 'colon' ? ':' : ' '
          const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
          return code <= 0x10ffff ? String.fromCodePoint(code) : reference
        },
      )
      .replaceAll(/[\p{Cc}\s]+/gu, '')
    const scheme = schemeOf.exec(value)?.[1]?.toLowerCase()
    if (!scheme || allowed.has(`${scheme}:`)) return whole
    if (/src|background|poster/i.test(attribute) && imageSchemes.test(value)) return whole
    return `${attribute}"#"`
  })
}
