import { describe, expect, it } from 'vitest'
import { securePage } from './content-security.ts'

describe('securePage', () => {
  const page = '<style>a{}</style><script>x()</script><script type="module" src="/a.js"></script><p>script</p>'

  it('lets only what it was sent with run, and nothing from elsewhere', () => {
    const { html, headers } = securePage(page)
    const policy = headers['content-security-policy']!
    const nonce = /script-src 'self' 'nonce-([A-Za-z0-9+/=]{24})';/.exec(policy)?.[1]
    expect(html).toBe(
      `<style nonce="${nonce}">a{}</style><script nonce="${nonce}">x()</script><script nonce="${nonce}" type="module" src="/a.js"></script><p>script</p>`,
    )
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}';`)
    expect(policy).not.toMatch(/unsafe|https:|\*/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('connect-src')
  })

  it('lets files go to the object store, where they are uploaded to one', () => {
    const policy = securePage(page, { uploadOrigin: 'https://files.example.com' }).headers['content-security-policy']!
    expect(policy).toContain("connect-src 'self' https://files.example.com;")
    expect(policy.replace('https://files.example.com', '')).not.toMatch(/unsafe|https:|\*/)
  })

  it('gives every answer another nonce, and lets nobody keep it', () => {
    const [one, two] = [securePage(page), securePage(page)]
    expect(one.headers['content-security-policy']).not.toBe(two.headers['content-security-policy'])
    expect(one.headers['cache-control']).toBe('no-store')
  })
})
