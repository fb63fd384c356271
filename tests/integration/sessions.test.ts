// Sessions of operators from outside: begun, read, ended, throttled; what their cookie may do, and in which workspace.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRedis } from '#platform/redis/index.ts'
import { createIdentity, type IdentityOptions } from '#services/identity/index.ts'
import type { Session } from '#shared/contracts/session.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { addOperator, openBrowser, type Browser, type TestOperator } from '../support/operators.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let admin: TestOperator

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(session|queues|api-keys|recipients|events)/.test(file))
  admin = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'admin' }, instance: true })
})

beforeEach(() => platform.redis.flushdb())

afterAll(async () => {
  await http.close()
  await app.close()
})

async function signedIn(operator = admin, headers?: Record<string, string>): Promise<Browser> {
  const browser = openBrowser(http.url, headers)
  expect((await browser.signIn(operator)).status).toBe(200)
  return browser
}

/** The same app with another identity, for what takes hours otherwise. */
async function withIdentity<T>(options: IdentityOptions, work: () => Promise<T>): Promise<T> {
  const kept = app.services.identity
  const identity = createIdentity({ pool: platform.pool, redis: platform.redis, log: platform.log, options })
  app.services.identity = identity
  try {
    return await work()
  } finally {
    app.services.identity = kept
    await identity.close()
  }
}

describe('signing in', () => {
  it('answers who it is and where, and sets a cookie that scripts and other sites do not get', async () => {
    const browser = openBrowser(http.url)
    const answer = await browser.signIn({ ...admin, email: ` ${admin.email.toUpperCase()} ` })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      operator: { id: admin.id, name: 'Otto', email: admin.email, role: 'admin', instance: true },
      workspaces: [{ id: publicId('workspace', platform.workspaceId), key: expect.any(String), name: 'Test', role: 'admin' }],
    })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sb_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
    expect((await browser.call('GET', '/session')).body).toEqual(answer.body)
    const keys = await platform.redis.keys('signalbox:session:*')
    expect(keys.join(), 'the id itself is nowhere').not.toContain(browser.cookie.split('=')[1])
  })

  it('uses the __Host- name on https, and only there', async () => {
    const browser = await signedIn(admin, { 'x-forwarded-proto': 'https' })
    expect(browser.cookie).toMatch(/^__Host-sb_session=/)
    expect((await browser.call('GET', '/session')).status).toBe(200)
    expect((await browser.call('GET', '/session', undefined, { 'x-forwarded-proto': 'http' })).status).toBe(401)
    const planted = browser.cookie.replace('__Host-', '')
    expect((await browser.call('GET', '/session', undefined, { cookie: planted })).status).toBe(401)
  })

  it('begins a new session each time and ends the one before', async () => {
    const browser = await signedIn()
    const before = browser.cookie
    await browser.signIn(admin)
    expect(browser.cookie).not.toBe(before)
    expect((await browser.call('GET', '/session', undefined, { cookie: before })).status).toBe(401)
  })

  it('gives a wrong password, an unknown address and a disabled operator the same answer', async () => {
    const disabled = await addOperator(platform.pool)
    await platform.pool.query('UPDATE operator SET disabled_at = now() WHERE email = $1', [disabled.email])
    const answers = []
    for (const input of [{ ...admin, password: 'wrong' }, { email: 'nobody@example.com', password: 'wrong' }, disabled]) {
      const { status, body } = await openBrowser(http.url).signIn(input)
      answers.push({ status, title: body.title, detail: body.detail })
    }
    expect(answers[0]?.status).toBe(401)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  it('takes as long for an unknown address as for a wrong password', async () => {
    // In time of the processor, all threads of this process: on a busy machine the clock says nothing.
    const time = async (email: string): Promise<number> => {
      const before = process.cpuUsage()
      await openBrowser(http.url).signIn({ email, password: 'wrong' })
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    const [known, unknown]: [number[], number[]] = [[], []]
    for (let at = 0; at < 5; at++) {
      known.push(await time(admin.email))
      unknown.push(await time('nobody@example.com'))
    }
    const median = (times: number[]): number => times.sort((a, b) => a - b)[2]!
    // An answer without the check would take a twentieth.
    expect(median(unknown) / median(known)).toBeGreaterThan(0.4)
    expect(median(unknown) / median(known)).toBeLessThan(2.5)
  })

  it('is refused to pages of other origins', async () => {
    const browser = openBrowser(http.url, { 'sec-fetch-site': 'cross-site' })
    expect((await browser.signIn(admin)).status).toBe(403)
  })
})

describe('guessing', () => {
  const limits = { account: { points: 3, seconds: 60 }, address: { points: 5, seconds: 60 }, overall: { points: 8, seconds: 60 } }
  const guess = (email: string, from: string) => openBrowser(http.url, { 'x-forwarded-for': from }).signIn({ email, password: 'wrong' })

  it('is stopped per account, also with the right password then, and says for how long', () =>
    withIdentity({ signInLimits: limits }, async () => {
      for (let at = 0; at < 3; at++) expect((await guess(admin.email, `203.0.113.${at}`)).status).toBe(401)
      const refused = await openBrowser(http.url).signIn(admin)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }))

  it('is stopped per address and over all, whatever the accounts', () =>
    withIdentity({ signInLimits: limits }, async () => {
      for (let at = 0; at < 5; at++) expect((await guess(`a${at}@example.com`, '203.0.113.9')).status).toBe(401)
      expect((await guess('a9@example.com', '203.0.113.9')).status).toBe(429)
      expect((await guess('b0@example.com', '203.0.113.10')).status).toBe(401)
      const statuses = []
      for (let at = 1; at < 5; at++) statuses.push((await guess(`b${at}@example.com`, `203.0.113.1${at}`)).status)
      expect(statuses.at(-1)).toBe(429)
    }))

  it('does not count what succeeds', () =>
    withIdentity({ signInLimits: limits }, async () => {
      for (let at = 0; at < 10; at++) await signedIn()
    }))

  it('cannot be done all at once', () =>
    withIdentity({ signInLimits: limits }, async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => guess(admin.email, `203.0.113.${at}`)))
      expect(answers.filter((answer) => answer.status === 401)).toHaveLength(3)
    }))
})

describe('a session', () => {
  it('ends by signing out, everywhere at once', async () => {
    const browser = await signedIn()
    const { cookie } = browser
    const answer = await browser.call('DELETE', '/session')
    expect(answer.status).toBe(204)
    expect(answer.headers.getSetCookie()[0]).toContain('Max-Age=0')
    expect((await browser.call('GET', '/session', undefined, { cookie })).status).toBe(401)
  })

  it('ends when nobody used it for long, and after its longest life however busy', async () => {
    await withIdentity({ idleMs: 300 }, async () => {
      const browser = await signedIn()
      await eventually(async () => expect((await platform.redis.keys('signalbox:session:*')).length).toBe(0))
      expect((await browser.call('GET', '/session')).status).toBe(401)
    })
    await withIdentity({ absoluteMs: 2_000 }, async () => {
      const beganAt = performance.now()
      const browser = await signedIn()
      const { status } = await browser.call('GET', '/session')
      if (performance.now() - beganAt < 2_000) expect(status).toBe(200)
      await eventually(async () => expect((await browser.call('GET', '/session')).status).toBe(401))
    })
  })

  it.each(['disabled_at = now()', 'session_epoch = session_epoch + 1'])('ends everywhere within 5 s of %s', async (change) => {
    const operator = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer' } })
    const browser = await signedIn(operator)
    expect((await browser.call('GET', '/session')).status).toBe(200)
    await platform.pool.query(`UPDATE operator SET ${change} WHERE email = $1`, [operator.email])
    await eventually(async () => expect((await browser.call('GET', '/session')).status).toBe(401))
  })

  it('is 503 while Redis is away; API keys go on', async () => {
    const browser = await signedIn()
    const away = createRedis({ url: 'redis://127.0.0.1:1', name: 'away', log: platform.log })
    const kept = app.services.identity
    const identity = createIdentity({ pool: platform.pool, redis: away, log: platform.log })
    app.services.identity = identity
    try {
      for (const answer of [await browser.call('GET', '/session'), await browser.signIn(admin)]) {
        expect(answer.status).toBe(503)
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      }
      const byKey = await fetch(`${http.url}/api/v1/api-keys`, { headers: { authorization: `Bearer ${platform.apiKey}` } })
      expect(byKey.status).toBe(200)
    } finally {
      app.services.identity = kept
      await identity.close()
      away.disconnect()
    }
  })

  it('is not for API keys', async () => {
    const answer = await fetch(`${http.url}/api/v1/session`, { headers: { authorization: `Bearer ${platform.apiKey}` } })
    expect(answer.status).toBe(401)
  })
})

describe('a request by cookie that changes something', () => {
  const change = { email: 'a@example.com' }

  it.each<[string, Record<string, string>, number]>([
    ['from our page', { 'sec-fetch-site': 'same-origin' }, 201],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['from nowhere in particular', { 'sec-fetch-site': 'none' }, 403],
  ])('%s', async (_, headers, status) => {
    const browser = await signedIn()
    expect((await browser.call('PUT', '/recipients/u1', change, headers)).status).toBe(status)
  })

  it('is judged by Origin where the browser does not say more', async () => {
    const { cookie } = await signedIn()
    const put = async (origin?: string) => {
      const headers = { cookie, 'content-type': 'application/json', ...(origin ? { origin } : {}) }
      return (await fetch(`${http.url}/api/v1/recipients/u1`, { method: 'PUT', headers, body: JSON.stringify(change) })).status
    }
    expect(await put(http.url)).toBe(200)
    expect(await put('https://evil.example')).toBe(403)
    expect(await put('null')).toBe(403)
    expect(await put()).toBe(403)
  })

  it('also goes through the fast route of events', async () => {
    const browser = await signedIn()
    const event = { type: 'a.b', recipients: [] }
    expect((await browser.call('POST', '/events', event)).status).toBe(202)
    expect((await browser.call('POST', '/events', event, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  })
})

describe('a role', () => {
  it('is the one in the workspace that the request names, by key or id', async () => {
    const other = await platform.addWorkspace()
    const operator = await addOperator(platform.pool, { roles: { [platform.workspaceId]: 'viewer', [other.workspaceId]: 'admin' } })
    const browser = await signedIn(operator)
    const id = publicId('workspace', other.workspaceId)
    const { body } = await browser.call<Session>('GET', '/session', undefined, { 'x-signalbox-workspace': id })
    expect(body.operator.role).toBe('admin')
    const key = body.workspaces.find((workspace) => workspace.id === id)!.key
    expect((await browser.call('GET', '/api-keys', undefined, { 'x-signalbox-workspace': key })).status).toBe(200)
    const refused = await browser.call<Problem>('GET', '/api-keys')
    expect([refused.status, refused.body.detail]).toEqual([403, 'This needs the role admin; you are viewer of Test.'])
  })

  it('is none in a workspace that is unknown or of others: 404 for both', async () => {
    const other = await platform.addWorkspace()
    const browser = await signedIn()
    for (const name of [publicId('workspace', other.workspaceId), 'nowhere', `w-${other.workspaceId.slice(-12)}`]) {
      const answer = await browser.call<Problem>('GET', '/recipients', undefined, { 'x-signalbox-workspace': name })
      expect([answer.status, answer.body.detail]).toEqual([404, 'There is no such workspace, or you do not belong to it.'])
    }
  })

  it('is needed: who belongs nowhere may look at nothing', async () => {
    const browser = await signedIn(await addOperator(platform.pool))
    expect((await browser.call<Session>('GET', '/session')).body).toMatchObject({ operator: { role: null }, workspaces: [] })
    expect((await browser.call('GET', '/recipients')).status).toBe(403)
  })
})
