// Text into HTML, safely: everything is escaped first.

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}

/** `code` and nothing else. */
export function inlineText(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

/** The little CommonMark that our descriptions use: paragraphs, lists with `- `, `code`. */
export function richText(text: string | undefined): string {
  if (!text) return ''
  return text
    .split(/\n{2,}/)
    .map((block) => {
      const lines = block.split('\n')
      if (lines.every((line) => line.startsWith('- ')))
        return `<ul>${lines.map((line) => `<li>${inlineText(line.slice(2))}</li>`).join('')}</ul>`
      return `<p>${inlineText(lines.join(' '))}</p>`
    })
    .join('')
}

/** A fragment id out of any name. */
export function anchorOf(kind: string, name: string): string {
  return `${kind}-${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}`
}
