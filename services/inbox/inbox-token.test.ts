import { generateKeyPairSync, hkdfSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createInboxTokens } from './inbox-token.ts'

const secret = 'a secret of the tests, long enough'
const workspaceId = '0192f3a0-7b3e-7c1d-8a4f-5e6d7c8b9a01'
const tokens = createInboxTokens(secret)
const key = new Uint8Array(hkdfSync('sha256', secret, '', 'signalbox inbox token v1', 32))

const claims = () => {
  const nowSeconds = Math.floor(Date.now() / 1000)
  return { iss: 'signalbox', aud: 'signalbox/inbox', sub: 'u1', workspace: workspaceId, iat: nowSeconds, exp: nowSeconds + 60 }
}
const sign = (payload: Record<string, unknown>, header: Record<string, unknown> = {}, signingKey: Parameters<SignJWT['sign']>[0] = key) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(signingKey)
const without = (name: string) => Object.fromEntries(Object.entries(claims()).filter(([claim]) => claim !== name))

const refused = { name: 'Fault', code: 'unauthenticated' }

afterEach(() => vi.useRealTimers())

describe('an inbox token', () => {
  it('stands for one recipient of one workspace, an hour by default', async () => {
    const { token, expiresAt } = await tokens.issue(workspaceId, 'u1')
    const identity = await tokens.verify(token)
    expect(identity).toEqual({ workspaceId, recipientId: 'u1', expiresAt: new Date(expiresAt) })
    const { iat, exp } = decodeJwt(token)
    expect(exp! - iat!).toBe(3_600)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' })
  })

  it('never lives longer than a day', async () => {
    const { iat, exp } = decodeJwt((await tokens.issue(workspaceId, 'u1', 1_000_000)).token)
    expect(exp! - iat!).toBe(86_400)
  })

  it('is worth nothing after its time', async () => {
    const { token } = await tokens.issue(workspaceId, 'u1', 10)
    vi.useFakeTimers({ now: Date.now() + 11_000, toFake: ['Date'] })
    await expect(tokens.verify(token)).rejects.toMatchObject(refused)
  })

  it('is worth nothing under another secret', async () => {
    const other = createInboxTokens('another secret of the tests, as long')
    await expect(tokens.verify((await other.issue(workspaceId, 'u1')).token)).rejects.toMatchObject(refused)
  })

  it('made by hand is taken only when nothing is missing', async () => {
    await expect(tokens.verify(await sign(claims()))).resolves.toMatchObject({ recipientId: 'u1' })
  })

  it.each(['iss', 'aud', 'sub', 'exp', 'iat', 'workspace'])('without %s is refused', async (name) => {
    await expect(tokens.verify(await sign(without(name)))).rejects.toMatchObject(refused)
  })

  it.each([
    ['another audience', { aud: 'signalbox/unsubscribe' }],
    ['several audiences', { aud: ['signalbox/inbox', 'elsewhere'] }],
    ['another issuer', { iss: 'elsewhere' }],
    ['several recipients', { sub: ['u1', 'u2'] }],
    ['no recipient', { sub: '' }],
    ['a workspace that is none', { workspace: 'production' }],
    ['more than a day to live', { exp: Math.floor(Date.now() / 1000) + 86_500 }],
    ['a time before which it is not valid', { nbf: Math.floor(Date.now() / 1000) + 3_600 }],
  ])('with %s is refused', async (_, change) => {
    await expect(tokens.verify(await sign({ ...claims(), ...change }))).rejects.toMatchObject(refused)
  })

  it('with another algorithm is refused, also with none', async () => {
    await expect(tokens.verify(new UnsecuredJWT(claims()).encode())).rejects.toMatchObject(refused)
    const long = new Uint8Array(64).fill(1)
    await expect(tokens.verify(await sign(claims(), { alg: 'HS512' }, long))).rejects.toMatchObject(refused)
  })

  it('cannot bring its own key', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = pair.publicKey.export({ format: 'jwk' })
    const header = { alg: 'ES256', jwk, jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/cert', kid: '../../dev/null' }
    await expect(tokens.verify(await sign(claims(), header, pair.privateKey))).rejects.toMatchObject(refused)
    // Signed by us, such a header is simply not read.
    await expect(tokens.verify(await sign(claims(), { ...header, alg: 'HS256' }))).resolves.toMatchObject({ recipientId: 'u1' })
  })

  it.each(['', 'x', 'a.b.c', 'a.b.c.d.e', `${'a'.repeat(4_000)}.b.c`])('that is none is refused', async (text) => {
    await expect(tokens.verify(text)).rejects.toMatchObject(refused)
  })
})
