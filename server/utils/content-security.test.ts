import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy } from './content-security.ts'

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

describe('contentSecurityPolicy', () => {
  it('allows the inline scripts and styles that the page has, by hash, and nothing else', () => {
    const policy = contentSecurityPolicy(
      '<style>a{}</style><script>x()</script><script src="/a.js"></script><script type="application/json">{}</script>',
    )
    expect(policy).toContain(`script-src 'self' ${hash('x()')};`)
    expect(policy).toContain(`style-src 'self' ${hash('a{}')};`)
    expect(policy).not.toMatch(/unsafe|https:|\*/)
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('has no hash where nothing is inline', () => {
    expect(contentSecurityPolicy('<p>')).toContain("script-src 'self';")
  })
})
