// A mail's HTML as a document for a frame that may do nothing. The frame inherits the policy of the console, so what the policy would
// refuse is taken out before: a report of a broken policy must mean an attack on the console, not a mail with a picture in it.

const forbidden =
  'script, noscript, iframe, frame, frameset, object, embed, applet, link, meta, base, title, form, input, button, select, textarea, svg, math, template, video, audio, source, track, dialog, portal'
const allowedAttributes = new Set(
  'align alt bgcolor border cellpadding cellspacing class color colspan dir face height id lang role rowspan size span start summary title type valign width'.split(
    ' ',
  ),
)
const pictureInside = /^data:image\/(png|jpe?g|gif|webp|avif);base64,[a-z0-9+/=\s]+$/i
const styleMark = 'data-mail-style'
const sheetName = 'mail-sheet'

/** Declarations without anything that loads, closes its rule or ends its element. */
function safeDeclarations(text: string): string {
  return text.replace(/[{}<>\\]|@import|expression\s*\(|url\s*\((?:"[^"]*"|'[^']*'|[^)]*)\)?/gi, ' ')
}

/** The text of a style element likewise; its own braces stay. */
function safeSheet(text: string): string {
  return text.replace(/@import[^;]*;?|[<>\\]|expression\s*\(|url\s*\((?:"[^"]*"|'[^']*'|[^)]*)\)?/gi, ' ')
}

/**
 * Parses the mail without running or loading anything, keeps its text, tables, pictures inside it and looks, and says where links lead
 * without following them. `nonce`: the page's own, for the one style element that carries all looks.
 */
export function safeMail(html: string, nonce: string | undefined): string {
  // Under other names already while it is parsed: a parser of a page with a policy would report each style and each handler.
  const renamed = html
    .replace(/([\s"'/])style(\s*=)/gi, `$1${styleMark}$2`)
    .replace(/([\s"'/])(on\w+\s*=)/gi, '$1data-mail-$2')
    .replace(/<(\/?)style\b/gi, `<$1${sheetName}`)
  const parsed = new DOMParser().parseFromString(renamed, 'text/html')
  const sheets = [...parsed.querySelectorAll(sheetName)].map((sheet) => safeSheet(sheet.textContent ?? ''))
  for (const element of parsed.querySelectorAll(`${forbidden}, ${sheetName}`)) element.remove()
  const rules: string[] = []
  for (const element of parsed.body.querySelectorAll('*')) {
    const look = element.getAttribute(styleMark)
    const [source, link] = [element.getAttribute('src'), element.getAttribute('href')]
    for (const { name } of [...element.attributes]) if (!allowedAttributes.has(name)) element.removeAttribute(name)
    if (look) {
      rules.push(`[${styleMark}="${rules.length}"]{${safeDeclarations(look)}}`)
      element.setAttribute(styleMark, String(rules.length - 1))
    }
    if (source && element.tagName === 'IMG' && pictureInside.test(source)) element.setAttribute('src', source)
    if (link && element.tagName === 'A') {
      element.setAttribute('title', link)
      element.setAttribute('data-mail-link', '')
    }
  }
  // A mail looks as its sender made it: dark on white, whatever the theme of the console.
  const ground =
    'html{background:#fff;color:#15191d;font:14px/1.5 system-ui,sans-serif}body{margin:16px 20px}[data-mail-link]{color:#0b6bb0;text-decoration:underline}img{max-width:100%}'
  const marked = nonce ? ` nonce="${nonce}"` : ''
  const policy = `default-src 'none'; style-src ${nonce ? `'nonce-${nonce}'` : "'unsafe-inline'"}; img-src data:; base-uri 'none'; form-action 'none'`
  return [
    '<!doctype html><html lang=""><head><meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="${policy}"><title>Mail</title>`,
    `<style${marked}>${ground}${sheets.join('\n')}${rules.join('\n')}</style></head>`,
    `<body>${parsed.body.innerHTML}</body></html>`,
  ].join('')
}

/** The nonce that this page was served with: browsers hide the attribute, not the property. */
export function pageNonce(): string | undefined {
  return document.querySelector<HTMLElement>('script[nonce], style[nonce]')?.nonce || undefined
}
