import { expect, it } from 'vitest'
import { mailDocument } from './mail-document.ts'

it('puts the policy before anything that the mail says', () => {
  const document = mailDocument('</body><meta http-equiv="content-security-policy" content="default-src *"><script>alert(1)</script>')
  expect(document.indexOf("default-src 'none'")).toBeLessThan(document.indexOf('default-src *'))
  expect(document.indexOf('<script>')).toBeGreaterThan(document.indexOf("default-src 'none'"))
})
