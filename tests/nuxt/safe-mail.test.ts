// A mail is a stranger's: what of it reaches the frame.
import { expect, it } from 'vitest'
import { safeMail } from '~/components/mailbox/safe-mail'

const body = (html: string) => /<body>(.*)<\/body>/s.exec(safeMail(html, 'n0nce'))![1]!

it.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://tracker.example/pixel.gif">',
  '<a href="javascript:alert(1)">x</a>',
  '<svg onload=alert(1)><use href="https://x.example/#a"/></svg>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<form action="https://x.example"><input autofocus onfocus=alert(1)></form>',
  '<meta http-equiv="refresh" content="0;url=https://x.example">',
  '<base href="https://x.example/"><link rel=stylesheet href=//x.example/a.css>',
  '<div style="background:url(https://x.example/p.gif)" onclick=alert(1)>x</div>',
  '<table background="https://x.example/p.gif"><tr><td>x</td></tr></table>',
])('takes out what runs or loads: %s', (html) => {
  const parsed = new DOMParser().parseFromString(safeMail(html, 'n0nce'), 'text/html')
  expect(parsed.querySelector('script, iframe, form, input, link, base, svg, object, meta[http-equiv=refresh]')).toBeNull()
  for (const element of parsed.body.querySelectorAll('*'))
    for (const { name } of [...element.attributes]) expect(name).not.toMatch(/^(on|style$|src|href|action|background)/)
  expect(parsed.querySelector('style')?.textContent).not.toMatch(/url\(|@import/)
})

it('keeps text, looks and pictures inside, and says where a link leads', () => {
  expect(body('<p style="color: red">Hi</p>')).toBe('<p data-mail-style="0">Hi</p>')
  expect(safeMail('<p style="color: red">Hi</p>', 'n0nce')).toContain('[data-mail-style="0"]{color: red}')
  expect(body('<img alt="a" src="data:image/png;base64,AAAA">')).toContain('src="data:image/png;base64,AAAA"')
  expect(body('<a href="https://example.com/pr/7">Open</a>')).toContain('title="https://example.com/pr/7"')
})

it('lets nothing out of its style element or its policy', () => {
  const whole = safeMail('<style></style>}</style><script>1</script></style><p style="}</style><script>alert(1)</script>">x</p>', 'n0nce')
  expect(whole.match(/<\/style>/g)).toHaveLength(1)
  expect(whole).toContain("default-src 'none'; style-src 'nonce-n0nce'")
})
