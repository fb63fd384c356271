// Endpoints over HTTP: what they may be, their secrets, on and off, and what the path reads of them.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transaction } from '#platform/postgres/index.ts'
import { disableEndpoint, loadTargets, type EndpointTarget } from '#services/endpoints/index.ts'
import { releaseHeld } from '#services/delivery/index.ts'
import { newUuid, parsePublicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiAnswer, type ApiCall } from '../support/api-client.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let call: ApiCall
let receiver: Server
let answerStatus = 200
const received: { headers: IncomingHttpHeaders; body: string }[] = []

beforeAll(async () => {
  receiver = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += chunk))
    req.on('end', () => {
      received.push({ headers: req.headers, body })
      res.writeHead(answerStatus).end('a secret of the receiver')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  platform = await openTestPlatform({ environment: { SIGNALBOX_ALLOW_LOOPBACK_PORTS: String(port()) } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  call = createApiClient(http.url, platform.apiKey).call
})
afterEach(() => {
  answerStatus = 200
  received.length = 0
})
afterAll(async () => {
  await http.close()
  await app.close()
  receiver.closeAllConnections()
  await new Promise((resolve) => receiver.close(resolve))
})

const port = () => (receiver.address() as AddressInfo).port
const url = 'https://example.com/hooks?token=t'
const add = async (change: object = {}): Promise<ApiAnswer['body']> =>
  (await call('POST', '/endpoints', { url, eventTypes: ['*'], ...change })).body
const uuid = (id: string) => parsePublicId('endpoint', id)!

async function revision(): Promise<number> {
  return (await platform.pool.query('SELECT config_revision AS revision FROM workspace WHERE id = $1', [platform.workspaceId])).rows[0]
    .revision
}

async function targetOf(id: string): Promise<EndpointTarget | undefined> {
  return (await loadTargets(platform.pool, platform.config.SIGNALBOX_SECRET!, platform.workspaceId)).find(
    (target) => target.id === uuid(id),
  )
}

describe('an endpoint', () => {
  it('shows its secret once, and the path reads what was given', async () => {
    const given = {
      url,
      eventTypes: ['a.*', 'b', 'b'],
      description: 'd',
      audience: 'c-42',
      retrySchedule: [0.5, 300],
      headers: { 'x-team': 'billing' },
    }
    const { status, body, headers } = await call('POST', '/endpoints', given)
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/endpoints/${body.id}`)
    const { secret, ...shown } = body
    expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32)
    expect(shown).toMatchObject({ ...given, eventTypes: ['a.*', 'b'], state: 'enabled', disabledReason: null, failingSince: null })
    expect((await call('GET', `/endpoints/${body.id}`)).body).toEqual(shown)
    expect((await call('GET', '/endpoints')).body.items[0]).toEqual(shown)
    const { id: _, description: __, ...expected } = { ...given, eventTypes: ['a.*', 'b'] } as typeof given & { id?: string }
    expect(await targetOf(body.id)).toEqual({ ...expected, id: uuid(body.id), state: 'enabled', failingSince: null, secrets: [secret] })
    const { rows } = await platform.pool.query("SELECT encode(sealed, 'escape') AS sealed FROM endpoint_secret WHERE endpoint_id = $1", [
      uuid(body.id),
    ])
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6))
  })

  it.each([
    ['/url', { url: 'ftp://example.com/' }],
    ['/url', { url: 'https://user:pass@example.com/' }],
    ['/url', { url: 'http://127.0.0.1:9/' }],
    ['/url', { url: 'http://localhost:9/' }],
    ['/url', { url: 'http://169.254.169.254/latest/meta-data' }],
    ['/url', { url: 'http://[::ffff:10.0.0.1]/' }],
    ['/url', { url: 'not a url' }],
    ['/headers/Host', { headers: { Host: 'elsewhere' } }],
    ['/headers/webhook-id', { headers: { 'webhook-id': '1' } }],
    ['/headers/x~1y', { headers: { 'x/y': '1' } }],
    ['/headers/x-a', { headers: { 'x-a': 'a\r\nb: c' } }],
    ['/headers', { headers: { 'x-a': '1', 'X-A': '2' } }],
    ['/eventTypes', { eventTypes: [] }],
    ['/eventTypes/0', { eventTypes: ['a*'] }],
    ['/retrySchedule/0', { retrySchedule: [-1] }],
    ['/secret', { secret: 'whsec_mine' }],
  ])('is refused at %s: %j', async (path, change) => {
    const before = await revision()
    expect(await call('POST', '/endpoints', { url, eventTypes: ['*'], ...change })).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    })
    const { id } = await add()
    expect(await call('PATCH', `/endpoints/${id}`, change)).toMatchObject({ status: 422, body: { errors: [{ path }] } })
    expect(await revision()).toBe(before + 1)
  })

  it('changes only where it is told to', async () => {
    const { secret: _, ...before } = await add({ audience: 'c-1', headers: { 'x-a': '1' } })
    await platform.pool.query('UPDATE endpoint SET failing_since = now() WHERE id = $1', [uuid(before.id)])
    const renamed = await call('PATCH', `/endpoints/${before.id}`, { description: 'new', audience: null })
    expect(renamed).toMatchObject({
      status: 200,
      body: { ...before, description: 'new', audience: null, failingSince: expect.any(String), updatedAt: expect.any(String) },
    })
    expect((await call('PATCH', `/endpoints/${before.id}`, { url: 'https://example.org/' })).body).toMatchObject({
      url: 'https://example.org/',
      failingSince: null,
      headers: { 'x-a': '1' },
    })
  })

  it('is listed newest first, by state and audience', async () => {
    const { apiKey } = await platform.addWorkspace()
    const made: string[] = []
    for (const audience of ['a', 'b', 'a'])
      made.unshift((await call('POST', '/endpoints', { url, eventTypes: ['*'], audience }, apiKey)).body.id)
    await call('POST', `/endpoints/${made[0]}/disable`, undefined, apiKey)
    const list = async (query: string) => (await call('GET', `/endpoints?${query}`, undefined, apiKey)).body
    const ids = async (query: string) => (await list(query)).items.map((item: { id: string }) => item.id)
    expect(await ids('')).toEqual(made)
    expect(await ids('state=disabled')).toEqual([made[0]])
    expect(await ids('audience=a&state=enabled')).toEqual([made[2]])
    const { nextCursor } = await list('limit=2')
    expect(await ids(`limit=2&cursor=${nextCursor}`)).toEqual([made[2]])
    expect((await call('GET', '/endpoints?cursor=bm9uc2Vuc2U')).status).toBe(422)
  })

  it('is told to the path by every change, in the same transaction', async () => {
    const seen = [await revision()]
    const { id } = await add()
    seen.push(await revision())
    for (const [method, path, body] of [
      ['PATCH', '', { description: 'x' }],
      ['POST', '/rotate-secret', undefined],
      ['POST', '/disable', undefined],
      ['POST', '/enable', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      expect((await call(method, `/endpoints/${id}${path}`, body)).status).toBeLessThan(300)
      seen.push(await revision())
    }
    expect(seen.map((value) => value - seen[0]!)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('of another workspace is unknown, whatever is asked of it', async () => {
    const { apiKey } = await platform.addWorkspace()
    const { id } = await add()
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/rotate-secret'],
      ['POST', '/test'],
      ['POST', '/enable'],
      ['POST', '/disable'],
    ] as const) {
      expect([method, path, (await call(method, `/endpoints/${id}${path}`, method === 'PATCH' ? {} : undefined, apiKey)).status]).toEqual([
        method,
        path,
        404,
      ])
    }
    expect((await call('GET', `/endpoints/${id}`)).body.state).toBe('enabled')
    expect((await call('GET', '/endpoints/end_1')).status).toBe(404)
  })

  it('keeps queries and header values out of the audit log', async () => {
    const { id, secret } = await add({ headers: { authorization: 'Bearer canary' } })
    await call('POST', `/endpoints/${id}/disable`, { reason: 'maintenance' })
    const { items } = (await call('GET', '/audit')).body
    expect(items[0]).toMatchObject({ action: 'endpoint.disable', reason: 'maintenance', subject: { kind: 'endpoint', id } })
    expect(items[1]).toMatchObject({
      action: 'endpoint.create',
      details: { after: { url: 'https://example.com/hooks', headers: ['authorization'] } },
    })
    for (const text of ['canary', 'token=t', secret]) expect(JSON.stringify(items)).not.toContain(text)
  })
})

describe('a secret', () => {
  it('that is rotated signs beside the new one for a while, the one before no more', async () => {
    const first = await add()
    const second = (await call('POST', `/endpoints/${first.id}/rotate-secret`)).body
    expect(second).toMatchObject({ id: first.id, secret: expect.stringMatching(/^whsec_/) })
    expect((await targetOf(first.id))?.secrets).toEqual([second.secret, first.secret])
    const third = (await call('POST', `/endpoints/${first.id}/rotate-secret`, { keepOldSeconds: 60 })).body
    expect((await targetOf(first.id))?.secrets).toEqual([third.secret, second.secret])
    await platform.pool.query(
      "UPDATE endpoint_secret SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL AND endpoint_id = $1",
      [uuid(first.id)],
    )
    expect((await targetOf(first.id))?.secrets).toEqual([third.secret])
  })

  it('that has leaked ends at once', async () => {
    const { id } = await add()
    const { secret } = (await call('POST', `/endpoints/${id}/rotate-secret`, { keepOldSeconds: 0 })).body
    expect((await targetOf(id))?.secrets).toEqual([secret])
  })

  it('that does not open takes nobody else with it', async () => {
    const broken = await add()
    const well = await add()
    await platform.pool.query("UPDATE endpoint_secret SET sealed = '\\x0102' WHERE endpoint_id = $1", [uuid(broken.id)])
    expect((await targetOf(broken.id))?.secrets).toEqual([])
    expect((await targetOf(well.id))?.secrets).toEqual([well.secret])
  })
})

describe('on and off', () => {
  /** A delivery that waits for its turn, with its event and outbox row. */
  async function addWaiting(endpointId: string): Promise<string> {
    const [eventId, deliveryId] = [newUuid(), newUuid()]
    await transaction(platform.pool, async (client) => {
      await client.query(
        `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data, fanned_out, open_deliveries) VALUES ($1, $2, 't', 'processing', now(), '[]', '{}', true, 1)`,
        [platform.workspaceId, eventId],
      )
      await client.query(
        `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, state) VALUES ($1, $2, $3, 'webhook', $4, $5, 'pending')`,
        [platform.workspaceId, deliveryId, eventId, endpointId, uuid(endpointId)],
      )
      await client.query(
        `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'deliver', $2, 'delivery-webhook', $3, now(), false)`,
        [deliveryId, platform.workspaceId, uuid(endpointId)],
      )
    })
    return deliveryId
  }

  async function stateOf(deliveryId: string): Promise<unknown> {
    const { rows } = await platform.pool.query(
      `SELECT d.state, o.due_at = 'infinity' AS waits, e.state AS event FROM delivery d JOIN event e ON e.id = d.event_id LEFT JOIN outbox o ON o.id = d.id WHERE d.id = $1`,
      [deliveryId],
    )
    return rows[0]
  }

  it('holds what waits, and lets it go', async () => {
    const { id } = await add()
    const delivery = await addWaiting(id)
    expect((await call('POST', `/endpoints/${id}/disable`)).body).toMatchObject({
      state: 'disabled',
      disabledReason: 'operator',
      disabledAt: expect.any(String),
    })
    expect(await stateOf(delivery)).toEqual({ state: 'held', waits: true, event: 'processing' })
    await releaseHeld(platform.pool)
    expect(await stateOf(delivery)).toMatchObject({ state: 'held' })
    await platform.pool.query('UPDATE endpoint SET failing_since = now() WHERE id = $1', [uuid(id)])
    expect((await call('POST', `/endpoints/${id}/enable`)).body).toMatchObject({
      state: 'enabled',
      disabledReason: null,
      disabledAt: null,
      failingSince: null,
    })
    await releaseHeld(platform.pool)
    expect(await stateOf(delivery)).toEqual({ state: 'pending', waits: false, event: 'processing' })
  })

  it('cancels what waits for an endpoint that is deleted, and keeps none of its credentials', async () => {
    const { id } = await add({ headers: { 'x-a': '1' } })
    const delivery = await addWaiting(id)
    expect((await call('DELETE', `/endpoints/${id}`)).status).toBe(204)
    expect((await call('DELETE', `/endpoints/${id}`)).status).toBe(404)
    expect(await targetOf(id)).toBeUndefined()
    await releaseHeld(platform.pool)
    expect(await stateOf(delivery)).toEqual({ state: 'cancelled', waits: null, event: 'completed' })
    const { rows } = await platform.pool.query(
      'SELECT headers, (SELECT count(*) FROM endpoint_secret WHERE endpoint_id = e.id) AS secrets FROM endpoint e WHERE id = $1',
      [uuid(id)],
    )
    expect(rows).toEqual([{ headers: {}, secrets: 0 }])
  })

  it('twice is as good as once, and the first reason stays', async () => {
    const { id } = await add()
    const disable = () => transaction(platform.pool, (client) => disableEndpoint(client, platform.workspaceId, uuid(id), 'gone'))
    await disable()
    const before = await revision()
    await disable()
    expect((await call('POST', `/endpoints/${id}/disable`, { reason: 'again' })).body.disabledReason).toBe('gone')
    expect(await revision()).toBe(before)
    await call('POST', `/endpoints/${id}/enable`)
    await call('POST', `/endpoints/${id}/enable`)
    expect(await revision()).toBe(before + 1)
    const { items } = (await call('GET', '/audit?limit=2')).body
    expect(items.map((item: { action: string }) => item.action)).toEqual(['endpoint.enable', 'endpoint.create'])
  })
})

describe('a test', () => {
  const own = () => ({ url: `http://127.0.0.1:${port()}/hook`, headers: { 'x-team': 'billing' } })

  it('sends one signed webhook now, with the headers of the endpoint', async () => {
    const { id, secret } = await add(own())
    const { body } = await call('POST', `/endpoints/${id}/test`, { type: 'a.b', data: { n: 1 } })
    expect(body).toEqual({ outcome: 'delivered', statusCode: 200, durationMs: expect.any(Number), error: null })
    expect(received).toHaveLength(1)
    const { headers, body: sent } = received[0]!
    expect(headers['x-team']).toBe('billing')
    expect(new Webhook(secret).verify(sent, headers as Record<string, string>)).toMatchObject({
      type: 'a.b',
      data: { n: 1 },
      eventId: expect.stringMatching(/^evt_/),
    })
  })

  it('says what became of it, never what the receiver said, and changes nothing', async () => {
    const { id } = await add(own())
    await call('POST', `/endpoints/${id}/disable`)
    answerStatus = 410
    const { status, body } = await call('POST', `/endpoints/${id}/test`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ outcome: 'give-up', statusCode: 410, error: { code: 'http-410' } })
    expect(JSON.stringify(body)).not.toContain('a secret of the receiver')
    expect((await call('GET', `/endpoints/${id}`)).body).toMatchObject({ state: 'disabled', disabledReason: 'operator' })
  })

  it('does not reach what the guard refuses, whatever a row says', async () => {
    const { id } = await add()
    await platform.pool.query("UPDATE endpoint SET url = 'http://127.0.0.1:1/' WHERE id = $1", [uuid(id)])
    expect((await call('POST', `/endpoints/${id}/test`)).body).toMatchObject({
      outcome: 'give-up',
      statusCode: null,
      error: { code: 'refused-target' },
    })
  })
})
