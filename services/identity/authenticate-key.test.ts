import { createLog } from '#platform/telemetry/log.ts'
import { newUuid } from '#shared/ids.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ApiKeyRepository } from './api-key.repository.ts'
import { createKeyAuthenticator, hashKey, type KeyAuthenticator } from './authenticate-key.ts'

const token = `sb_${'a'.repeat(32)}`
const open: KeyAuthenticator[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((authenticator) => authenticator.close()))
})

function authenticator(options: { expiresInMs?: number } = {}) {
  let clockMs = 0
  const valid = new Set([hashKey(token).toString('hex')])
  const id = newUuid()
  const findByHash = vi.fn(async (hash: Buffer) => {
    await Promise.resolve()
    if (!valid.has(hash.toString('hex'))) return undefined
    return {
      id,
      workspace_id: 'w',
      name: 'k',
      scopes: ['admin'],
      rate_per_second: null,
      rate_burst: null,
      expires_in_ms: options.expiresInMs ?? null,
    }
  })
  const touch = vi.fn(async () => undefined)
  const made = createKeyAuthenticator({
    repository: { findByHash, touch } as unknown as ApiKeyRepository,
    log: createLog({ level: 'silent', name: 'test' }),
    now: () => clockMs,
  })
  open.push(made)
  return { made, findByHash, touch, valid, pass: (ms: number) => (clockMs += ms), id }
}

describe('a key', () => {
  it('is looked up once for many requests at the same time, then known for two seconds', async () => {
    const { made, findByHash, pass } = authenticator()
    expect(made.cached(token)).toBeUndefined()
    const found = await Promise.all(Array.from({ length: 50 }, () => made.authenticate(token)))
    expect(new Set(found).size).toBe(1)
    expect(findByHash).toHaveBeenCalledTimes(1)
    pass(1_999)
    expect(made.cached(token)?.workspaceId).toBe('w')
    pass(2)
    expect(made.cached(token)).toBeUndefined()
  })

  it('stops working within five seconds of being revoked elsewhere', async () => {
    const { made, valid, pass } = authenticator()
    await made.authenticate(token)
    valid.clear()
    pass(4_999)
    expect(await made.authenticate(token)).toBeNull()
  })

  it('is not known longer than it lives', async () => {
    const { made, pass } = authenticator({ expiresInMs: 300 })
    await made.authenticate(token)
    pass(301)
    expect(made.cached(token)).toBeUndefined()
  })

  it('has its last use written once a minute, with the next flush', async () => {
    const { made, touch, pass, id } = authenticator()
    for (let at = 0; at < 100; at++) {
      await made.authenticate(token)
      pass(500)
    }
    await made.close()
    expect(touch.mock.calls).toEqual([[[id]]])
  })
})

describe('an unknown key', () => {
  it('costs one query a second, and none when it does not look like a key', async () => {
    const { made, findByHash, pass } = authenticator()
    const guess = `sb_${'b'.repeat(40)}`
    for (let at = 0; at < 20; at++) expect(await made.authenticate(guess)).toBeNull()
    expect(findByHash).toHaveBeenCalledTimes(1)
    pass(1_001)
    await made.authenticate(guess)
    expect(findByHash).toHaveBeenCalledTimes(2)
    for (const text of ['', 'sb_short', `xx_${'a'.repeat(40)}`, `sb_${'ä'.repeat(40)}`]) expect(await made.authenticate(text)).toBeNull()
    expect(findByHash).toHaveBeenCalledTimes(2)
  })
})
