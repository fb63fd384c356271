// What every request meets before and after its handler: over real sockets, because that is where it goes wrong.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '#platform/postgres/index.ts'
import { problemSchema } from '#shared/contracts/problem.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
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

const keys = '/api/v1/api-keys'

function call(path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (!headers.has('authorization')) headers.set('authorization', `Bearer ${platform.apiKey}`)
  if (init.json !== undefined) headers.set('content-type', 'application/json')
  return fetch(http.url + path, {
    ...init,
    headers,
    ...(init.json === undefined ? {} : { method: init.method ?? 'POST', body: JSON.stringify(init.json) }),
  })
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = problemSchema.parse(await response.json())
  expect(problem.status).toBe(response.status)
  expect(problem.requestId).toBe(response.headers.get('x-request-id'))
  return problem
}

/** Bytes as they are, and everything that comes back until the server closes or `enough` matches. */
function raw(bytes: string | Buffer, enough = /\r\n\r\n[\s\S]*\}$/): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(http.port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    const timer = setTimeout(() => finish(), 60_000)
    const finish = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text)
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (enough.test(text)) finish()
    })
    socket.on('close', finish)
    socket.on('error', (error) => (text ? finish() : reject(error)))
  })
}

const head = (line: string, headers: Record<string, string> = {}): string =>
  `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${platform.apiKey}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`

describe('every answer', () => {
  it('carries a request id, the caller own when it is sane', async () => {
    const own = await call(keys, { headers: { 'x-request-id': 'order-4711.retry:2' } })
    expect(own.headers.get('x-request-id')).toBe('order-4711.retry:2')
    for (const bad of ['a b', 'x'.repeat(129), '-x', '{}']) {
      expect((await call(keys, { headers: { 'x-request-id': bad } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('is not sniffed, and under /api not stored', async () => {
    for (const path of [keys, '/api/none', '/healthz']) expect((await call(path)).headers.get('x-content-type-options')).toBe('nosniff')
    expect((await call(keys)).headers.get('cache-control')).toBe('no-store')
    expect((await call('/api/none')).headers.get('cache-control')).toBe('no-store')
  })
})

describe('paths and methods', () => {
  it.each([
    '/api',
    '/api/',
    '/api/none',
    '/api/v1',
    '/api/v1/api-keys/x/y',
    '/api/v2/events',
    '/api/%zz',
    '/api%2Fv1',
    '//api/v1/api-keys',
    '/api//v1/api-keys',
  ])('answers 404 as a problem at %s', async (path) => {
    expect((await problemOf(await call(path))).status).toBe(404)
  })

  it('answers 405 with what the path takes, whoever asks', async () => {
    const response = await fetch(http.url + keys, { method: 'PUT' })
    await problemOf(response)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
    expect((await call('/healthz', { method: 'POST' })).status).toBe(405)
  })

  it('answers OPTIONS with Allow, and HEAD like GET without a body', async () => {
    const options = await fetch(`${http.url}${keys}/key_x`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH'])
    const get = await call(keys)
    const text = await get.text()
    const answer = await call(keys, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, String(text.length), ''])
    expect((await fetch(http.url + keys, { method: 'HEAD' })).status).toBe(401)
  })

  it('refuses a path or query that is not percent-encoded UTF-8', async () => {
    expect((await problemOf(await call(`${keys}/%E0%A4%A`))).status).toBe(400)
    expect((await problemOf(await call(`${keys}?limit=%ff`))).status).toBe(400)
  })

  it('takes NUL in an id for an id that nobody has', async () => {
    expect((await problemOf(await call(`${keys}/key_%00`))).status).toBe(404)
    expect((await problemOf(await call('/api/v1/audit?action=%00'))).errors).toEqual([
      { path: 'action', message: expect.stringContaining('NUL') },
    ])
  })
})

describe('credentials', () => {
  it.each([
    ['none', undefined],
    ['another scheme', 'Basic eDp5'],
    ['no token', 'Bearer '],
    ['a short token', 'Bearer sb_short'],
    ['an unknown token', `Bearer sb_${'x'.repeat(40)}`],
    ['a huge token', `Bearer ${'x'.repeat(5_000)}`],
  ])('answer 401 to %s', async (_, authorization) => {
    const response = await fetch(http.url + keys, { headers: authorization ? { authorization } : {} })
    await problemOf(response)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('Bearer')
  })

  it('are asked for before the body is looked at', async () => {
    const response = await fetch(http.url + keys, { method: 'POST', body: 'x', headers: { authorization: 'Bearer no' } })
    expect(response.status).toBe(401)
  })
})

describe('parameters', () => {
  it('names the parameter that is wrong, and those that are unknown', async () => {
    const problem = await problemOf(await call(`${keys}?limit=201&colour=red&cursor=%20`))
    expect(problem.status).toBe(422)
    expect(problem.errors?.map((detail) => detail.path)).toEqual(['limit', 'cursor', 'colour'])
  })

  it.each(['limit=1&limit=2', 'limit=-1', 'limit=1.5', 'limit=1e2', 'limit=0', 'limit=', 'cursor=AAAA', 'cursor=_'])(
    'refuses %s',
    async (query) => {
      expect((await problemOf(await call(`${keys}?${query}`))).status).toBe(422)
    },
  )
})

describe('bodies', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    call(keys, { method: 'POST', body, headers })

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=latin1'],
    ['application/json;charset="utf-16"'],
    ['application/jsonx'],
    ['json'],
  ])('answers 415 to %s', async (type) => {
    expect((await problemOf(await post('{}', { 'content-type': type }))).status).toBe(415)
  })

  it('answers 415 when the type is missing or the body is compressed', async () => {
    expect((await problemOf(await call(keys, { method: 'POST', body: Buffer.from('{}') }))).status).toBe(415)
    expect((await problemOf(await post('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }))).status).toBe(415)
  })

  it.each(['application/json; charset=UTF-8', 'Application/JSON', 'application/json;charset="utf-8"'])('takes %s', async (type) => {
    expect((await problemOf(await post('{}', { 'content-type': type }))).status).toBe(422)
  })

  it.each([[''], ['{'], ['nope'], ['{"a":1}x']])('answers 400 to %s', async (body) => {
    expect((await problemOf(await post(body))).status).toBe(400)
  })

  it('answers 400 to what is not UTF-8', async () => {
    expect((await problemOf(await post(Buffer.from([0x22, 0xff, 0x22])))).detail).toContain('UTF-8')
  })

  it('answers 422 with the path of everything that is wrong', async () => {
    const response = await call(keys, { json: { name: '', scopes: ['admin', 'root'], extra: { a: 1 } } })
    expect((await problemOf(response)).errors?.map((detail) => detail.path)).toEqual(['/name', '/scopes/1', '/extra'])
    for (const [body, path] of [
      ['{"name":"x","scopes":["admin"],"__proto__":{}}', '/__proto__'],
      ['{"name":"\\u0000","scopes":["admin"]}', '/name'],
      ['{"name":"\\ud800","scopes":["admin"]}', '/name'],
    ] as const) {
      expect((await problemOf(await post(body))).errors?.[0]?.path).toBe(path)
    }
  })

  it('answers 413 to a body that says it is too large, before it is sent', async () => {
    const answer = await raw(head(`POST ${keys}`, { 'Content-Type': 'application/json', 'Content-Length': String(5_000_000) }))
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/connection: close/i)
  })

  it('answers 413 to a body that grows too large, and a client that writes all of it before it reads gets the answer', async () => {
    const socket = connect(http.port, '127.0.0.1').pause()
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    socket.write(head(`POST ${keys}`, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }))
    for (let at = 0; at < 64; at++)
      await new Promise<void>((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve())))
    socket.write('0\r\n\r\n')
    let answer = ''
    for await (const part of socket) answer += String(part)
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*payload-too-large/)
  })

  it('closes the connection of who never stops sending', async () => {
    const socket = connect(http.port, '127.0.0.1')
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => undefined)
    socket.write(head(`POST ${keys}`, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }))
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', pump)
    }
    pump()
    await closed
  })

  it('goes on serving a connection after a small refused body', async () => {
    const refused = head(`POST ${keys}`, { 'Content-Type': 'text/plain', 'Content-Length': '2' }) + '{}'
    const answer = await raw(refused + head('GET /healthz'), /"ok"/)
    expect(answer).toMatch(/^HTTP\/1\.1 415 /)
  })

  it('survives a client that leaves in the middle', async () => {
    const socket = connect(http.port, '127.0.0.1')
    socket.write(`${head(`POST ${keys}`, { 'Content-Type': 'application/json', 'Content-Length': '100' })}{"a`)
    socket.once('error', () => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    expect((await call('/healthz')).status).toBe(200)
  })
})

describe('a database that is away', () => {
  it('is 503 with Retry-After, and readiness says which one', async () => {
    const away = createPool({ url: 'postgresql://nobody@127.0.0.1:1/none', max: 1, applicationName: 'away' })
    const cut = assembleApp({ ...platform, pool: away, close: async () => undefined })
    const other = await serveRoutes(cut)
    try {
      const response = await fetch(other.url + keys, { headers: { authorization: `Bearer sb_${'n'.repeat(32)}` } })
      await problemOf(response)
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      const ready = await fetch(`${other.url}/readyz`)
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'unready', dependencies: { postgres: 'away', redis: 'ok' } }])
      expect(ready.headers.get('retry-after')).toBeTruthy()
      expect((await fetch(`${other.url}/healthz`)).status).toBe(200)
      expect(await (await fetch(`${other.url}/metrics`)).text()).toContain('signalbox_postgres_up 0')
    } finally {
      await other.close()
      await cut.close()
      await away.end()
    }
  })
})
