// API keys from outside: made, changed, revoked, limited, told in the audit log, and never seen by another workspace.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '#platform/redis/index.ts'
import type { ApiKey, ApiKeyCreated } from '#shared/contracts/api-key.ts'
import type { AuditEntry } from '#shared/contracts/audit.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
})

afterAll(async () => {
  await http.close()
  await app.close()
})

async function call<T>(method: string, path: string, body?: unknown, secret = platform.apiKey) {
  const response = await fetch(`${http.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T & Omit<Problem, 'instance'>,
  }
}

async function make(changes: Record<string, unknown> = {}, secret?: string): Promise<ApiKeyCreated> {
  const { status, body } = await call<ApiKeyCreated>('POST', '/api-keys', { name: 'made', scopes: ['admin'], ...changes }, secret)
  expect(status).toBe(201)
  return body
}

describe('a new key', () => {
  it('shows its secret once, works at once, and is kept as a hash', async () => {
    const { secret, ...key } = await make({ name: 'billing', rateLimit: { perSecond: 50 }, expiresAt: '2099-01-01T00:00:00Z' })
    expect(secret).toMatch(/^sb_[A-Za-z0-9_-]{32}$/)
    expect(key).toMatchObject({
      name: 'billing',
      state: 'active',
      prefix: secret.slice(0, 9),
      rateLimit: { perSecond: 50, burst: 50 },
      expiresAt: '2099-01-01T00:00:00.000Z',
    })
    const got = await call<ApiKey>('GET', `/api-keys/${key.id}`, undefined, secret)
    expect(got.body).toEqual(key)
    const { rows } = await platform.pool.query<{ text: string }>('SELECT api_key::text AS text FROM api_key WHERE name = $1', ['billing'])
    expect(rows[0]?.text).not.toContain(secret)
  })

  it('cannot be given what its maker does not have', async () => {
    // Only admin reaches these routes, so the rule is asked directly for a weaker principal.
    const weaker = {
      workspaceId: platform.workspaceId,
      actor: { kind: 'api-key', id: 'key_x', name: 'x' },
      scopes: ['recipients'],
      rate: null,
    } as const
    await expect(
      app.services.identity.keys.create(platform.workspaceId, weaker, { name: 'x', scopes: ['recipients', 'admin'] }),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('may do what its scopes say', async () => {
    const reader = await make({ scopes: ['events:read'] })
    expect((await call('GET', '/api-keys', undefined, reader.secret)).status).toBe(403)
  })

  it('ends when it expires', async () => {
    const expiresAt = Date.now() + 2_000
    const key = await make({ expiresAt: new Date(expiresAt).toISOString() })
    const first = await call('GET', '/api-keys', undefined, key.secret)
    if (Date.now() < expiresAt) expect(first.status).toBe(200)
    await eventually(async () => expect((await call('GET', '/api-keys', undefined, key.secret)).status).toBe(401))
    expect((await call<ApiKey>('GET', `/api-keys/${key.id}`)).body.state).toBe('expired')
  })
})

describe('a key that is changed', () => {
  it('keeps what is left out, and null takes a limit away', async () => {
    const key = await make({ name: 'a', rateLimit: { perSecond: 5, burst: 20 }, expiresAt: '2099-01-01T00:00:00Z' })
    const renamed = await call<ApiKey>('PATCH', `/api-keys/${key.id}`, { name: 'b' })
    expect(renamed.body).toMatchObject({ name: 'b', rateLimit: { perSecond: 5, burst: 20 }, expiresAt: '2099-01-01T00:00:00.000Z' })
    const freed = await call<ApiKey>('PATCH', `/api-keys/${key.id}`, {
      rateLimit: null,
      expiresAt: null,
      scopes: ['recipients', 'recipients'],
    })
    expect(freed.body).toMatchObject({ rateLimit: null, expiresAt: null, scopes: ['recipients'] })
    expect((await call('GET', '/api-keys', undefined, key.secret)).status).toBe(403)
  })

  it('stops everywhere within five seconds once revoked, and cannot come back', async () => {
    const key = await make()
    const elsewhere = assembleApp({ ...platform, close: async () => undefined })
    try {
      expect(await elsewhere.services.identity.authenticate(key.secret)).toBeTruthy()
      expect((await call('DELETE', `/api-keys/${key.id}`)).status).toBe(204)
      expect((await call('DELETE', `/api-keys/${key.id}`)).status).toBe(204)
      expect((await call('GET', '/api-keys', undefined, key.secret)).status).toBe(401)
      await eventually(async () =>
        expect(elsewhere.services.identity.cached(key.secret) ?? (await elsewhere.services.identity.authenticate(key.secret))).toBeFalsy(),
      )
      expect((await call<ApiKey>('GET', `/api-keys/${key.id}`)).body.state).toBe('revoked')
      expect((await call('PATCH', `/api-keys/${key.id}`, { name: 'z' })).status).toBe(409)
    } finally {
      await elsewhere.close()
    }
  })

  it('has its last use written, off the path', async () => {
    const key = await make()
    await call('GET', '/api-keys', undefined, key.secret)
    await eventually(async () => expect((await call<ApiKey>('GET', `/api-keys/${key.id}`)).body.lastUsedAt).not.toBeNull())
  })
})

describe('another workspace', () => {
  it('sees none of it', async () => {
    const other = await platform.addWorkspace()
    const key = await make()
    expect((await call('GET', `/api-keys/${key.id}`, undefined, other.apiKey)).status).toBe(404)
    expect((await call('PATCH', `/api-keys/${key.id}`, { name: 'x' }, other.apiKey)).status).toBe(404)
    expect((await call('DELETE', `/api-keys/${key.id}`, undefined, other.apiKey)).status).toBe(404)
    expect((await call<Page<ApiKey>>('GET', '/api-keys', undefined, other.apiKey)).body.items).toHaveLength(1)
    expect((await call<Page<AuditEntry>>('GET', '/audit', undefined, other.apiKey)).body.items).toEqual([])
  })
})

describe('lists', () => {
  it('are paged by cursor, newest first, without gaps or repeats', async () => {
    for (let at = 0; at < 5; at++) await make({ name: `page-${at}` })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Page<ApiKey> = (await call<Page<ApiKey>>('GET', `/api-keys?limit=2${cursor ? `&cursor=${cursor}` : ''}`)).body
      seen.push(...page.items.map((key) => key.id))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen).toEqual([...new Set(seen)].sort().reverse())
    expect(seen.length).toBeGreaterThanOrEqual(6)
  })
})

describe('the audit log', () => {
  it('says who did what, with before and after, and no secret', async () => {
    const key = await make({ name: 'audited' })
    await call('PATCH', `/api-keys/${key.id}`, { name: 'renamed' })
    await call('DELETE', `/api-keys/${key.id}`)
    const { body } = await call<Page<AuditEntry>>('GET', `/audit?subjectKind=api-key&subjectId=${key.id}`)
    expect(body.items.map((entry) => entry.action)).toEqual(['api-key.revoke', 'api-key.update', 'api-key.create'])
    expect(body.items[1]).toMatchObject({
      actor: { kind: 'api-key', name: 'Test' },
      details: { before: { name: 'audited' }, after: { name: 'renamed' } },
    })
    expect(JSON.stringify(body)).not.toContain(key.secret)
    const page = await call<Page<AuditEntry>>('GET', `/audit?subjectId=${key.id}&limit=2`)
    const rest = await call<Page<AuditEntry>>('GET', `/audit?subjectId=${key.id}&limit=2&cursor=${page.body.nextCursor}`)
    expect([page.body.items.length, rest.body.items.map((entry) => entry.action)]).toEqual([2, ['api-key.create']])
    expect((await call('GET', '/audit?from=2026-13-01T00:00:00Z')).status).toBe(422)
  })
})

describe('a rate limit', () => {
  async function burst(secret: string, count: number) {
    const answers = []
    for (let at = 0; at < count; at++) answers.push(await call('GET', '/api-keys?limit=1', undefined, secret))
    return answers
  }

  it('lets the burst through, then answers 429 with the seconds to wait', async () => {
    // Twenty in twenty seconds: on a machine that takes longer for so few, the window is another one by then.
    const key = await make({ rateLimit: { perSecond: 1, burst: 20 } })
    const answers = await burst(key.secret, 22)
    expect(answers.map((answer) => answer.status)).toEqual([...Array.from({ length: 20 }, () => 200), 429, 429])
    const seconds = Number(answers[20]?.headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(20)
    expect(answers[20]?.body.type).toContain('rate-limited')
  })

  it('is shared by processes', async () => {
    const elsewhere = assembleApp({ ...platform, close: async () => undefined })
    try {
      const rate = { perSecond: 1, burst: 60 }
      // Nobody waits for Redis longer than a few milliseconds: on a busy machine a process may go by its own count for a moment.
      await eventually(async () => {
        const id = `shared-${randomUUID()}`
        for (let at = 0; at < 30; at++) await app.rateLimits.take(id, rate)
        for (let at = 0; at < 30; at++) await elsewhere.rateLimits.take(id, rate)
        await expect(elsewhere.rateLimits.take(id, rate)).rejects.toMatchObject({ code: 'rate-limited' })
        await expect(app.rateLimits.take(id, rate)).rejects.toMatchObject({ code: 'rate-limited' })
        return true
      })
    } finally {
      await elsewhere.close()
    }
  })

  it('holds in each process while Redis is away, and makes nobody wait', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: platform.log })
    const alone = assembleApp({ ...platform, redis: away, close: async () => undefined })
    try {
      const rate = { perSecond: 1, burst: 3 }
      // Whoever waits here waits for ever: this Redis never comes.
      for (let at = 0; at < 3; at++) await alone.rateLimits.take('alone', rate)
      await expect(alone.rateLimits.take('alone', rate)).rejects.toMatchObject({ code: 'rate-limited' })
    } finally {
      await alone.close()
      away.disconnect()
    }
  })

  it('asks nothing of keys that have none', async () => {
    const key = await make()
    expect((await burst(key.secret, 30)).every((answer) => answer.status === 200)).toBe(true)
  })
})
