// The inbox over HTTP: who gets in, what they see, what they may change, and the stream as a client reads it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InboxItem } from '#shared/contracts/inbox.ts'
import { publishInbox } from '#services/inbox/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { addInboxItems } from '../support/add-inbox-items.ts'
import { eventually } from '../support/eventually.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openEventStream, type ClientStream } from '../support/read-event-stream.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
const streams: ClientStream[] = []

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app)
})
afterAll(async () => {
  for (const stream of streams) stream.close()
  await http.close()
  await app.close()
})

async function call(method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${http.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, any> }
}

async function tokenFor(recipientId: string, body?: unknown): Promise<string> {
  const { status, body: answer } = await call('POST', `/recipients/${encodeURIComponent(recipientId)}/inbox-token`, platform.apiKey, body)
  expect(status).toBe(200)
  return answer.token as string
}

const add = (recipientId: string, count: number) => addInboxItems(platform.pool, platform.workspaceId, recipientId, count)

async function stream(token: string, query = '', headers: Record<string, string> = {}): Promise<ClientStream> {
  const opened = await openEventStream(`${http.url}/api/v1/inbox/live${query}`, { authorization: `Bearer ${token}`, ...headers })
  streams.push(opened)
  return opened
}

describe('a token', () => {
  it('is issued for as long as asked, at most a day', async () => {
    const { body } = await call('POST', '/recipients/u1/inbox-token', platform.apiKey, { ttlSeconds: 60 })
    expect(new Date(body.expiresAt as string).getTime() - Date.now()).toBeLessThan(61_000)
    const refused = await call('POST', '/recipients/u1/inbox-token', platform.apiKey, { ttlSeconds: 86_401 })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: '/ttlSeconds' }] } })
  })

  it('opens the inbox and nothing else, and an API key does not open it', async () => {
    const token = await tokenFor('u1')
    expect((await call('GET', '/inbox', token)).status).toBe(200)
    expect((await call('POST', '/recipients/u1/inbox-token', token)).status).toBe(401)
    expect((await call('GET', '/inbox', platform.apiKey)).status).toBe(401)
    expect((await call('GET', '/inbox/live', platform.apiKey)).status).toBe(401)
  })

  it('that was tampered with does not', async () => {
    const [head, , signature] = (await tokenFor('u1')).split('.')
    const claims = Buffer.from(JSON.stringify({ sub: 'u2', workspace: platform.workspaceId })).toString('base64url')
    const answer = await call('GET', '/inbox', `${head}.${claims}.${signature}`)
    expect(answer).toMatchObject({ status: 401, body: { title: expect.any(String), requestId: expect.any(String) } })
  })

  it('keeps to a recipient whose id needs escaping', async () => {
    const id = 'user/7+ü@x'
    await add(id, 1)
    expect((await call('GET', '/inbox', await tokenFor(id))).body.items).toHaveLength(1)
  })
})

describe('the list', () => {
  it('is newest first, page by page, each item once', async () => {
    await add('pages', 7)
    const token = await tokenFor('pages')
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await call('GET', `/inbox?limit=3${cursor && `&cursor=${cursor}`}`, token)
      seen.push(...(body.items as InboxItem[]).map((item) => item.sequence))
      cursor = body.nextCursor as string | null
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  it('filters by read and archived, and leaves the archived out by itself', async () => {
    await add('filters', 3)
    const token = await tokenFor('filters')
    const sequences = async (query: string) =>
      ((await call('GET', `/inbox${query}`, token)).body.items as InboxItem[]).map((item) => item.sequence)
    const [third, second] = (await call('GET', '/inbox', token)).body.items as InboxItem[]
    await call('POST', `/inbox/${third!.id}/read`, token)
    await call('POST', `/inbox/${second!.id}/archive`, token)
    expect(await sequences('')).toEqual([3, 1])
    expect(await sequences('?unread=true')).toEqual([1])
    expect(await sequences('?unread=false')).toEqual([3])
    expect(await sequences('?archived=true')).toEqual([2])
    expect(await sequences('?archived=any')).toEqual([3, 2, 1])
    expect((await call('GET', '/inbox/count', token)).body).toEqual({ unread: 1, latestSequence: 3 })
  })

  it.each(['?limit=0', '?limit=201', '?cursor=bm9uc2Vuc2U', '?cursor=%00', '?unread=maybe', '?colour=red'])('refuses %s', async (query) => {
    expect((await call('GET', `/inbox${query}`, await tokenFor('u1'))).status).toBe(422)
  })
})

describe('marks', () => {
  it('say the item as it is now, and twice is as good as once', async () => {
    await add('marks', 1)
    const token = await tokenFor('marks')
    const [item] = (await call('GET', '/inbox', token)).body.items as InboxItem[]
    const read = (await call('POST', `/inbox/${item!.id}/read`, token)).body
    expect(read).toMatchObject({ id: item!.id, readAt: expect.any(String), archivedAt: null })
    expect((await call('POST', `/inbox/${item!.id}/read`, token)).body).toEqual(read)
    const archived = (await call('POST', `/inbox/${item!.id}/archive`, token)).body
    expect(archived).toEqual({ ...read, archivedAt: expect.any(String) })
    expect((await call('POST', `/inbox/${item!.id}/archive`, token)).body).toEqual(archived)
    expect((await call('POST', `/inbox/${item!.id}/unread`, token)).body).toMatchObject({ readAt: null })
  })

  it('can be set on everything at once', async () => {
    await add('all', 4)
    const token = await tokenFor('all')
    expect((await call('POST', '/inbox/read-all', token)).body).toEqual({ updated: 4, throughSequence: 4 })
    expect((await call('POST', '/inbox/read-all', token)).body).toEqual({ updated: 0, throughSequence: 4 })
    expect((await call('GET', '/inbox/count', token)).body).toMatchObject({ unread: 0 })
  })

  it("cannot be set on anybody else's item, which is as good as unknown", async () => {
    await add('owner', 1)
    const [item] = (await call('GET', '/inbox', await tokenFor('owner'))).body.items as InboxItem[]
    const other = await platform.addWorkspace()
    const elsewhere = await app.services.inbox.tokens.issue(other.workspaceId, 'owner')
    for (const token of [await tokenFor('thief'), elsewhere.token]) {
      for (const change of ['read', 'unread', 'archive'])
        expect((await call('POST', `/inbox/${item!.id}/${change}`, token)).status).toBe(404)
    }
    expect((await call('POST', '/inbox/ntf_nonsense/read', await tokenFor('owner'))).status).toBe(404)
    expect((await call('GET', '/inbox/count', await tokenFor('owner'))).body).toMatchObject({ unread: 1 })
  })
})

describe('the stream', () => {
  it('goes on after Last-Event-ID, which wins over the query of a reconnecting client', async () => {
    await add('resume', 5)
    const token = await tokenFor('resume')
    const byQuery = await stream(token, '?after=2')
    await eventually(() =>
      expect(byQuery.events.map(({ event, id }) => [event, id])).toEqual([
        ['item', '3'],
        ['item', '4'],
        ['item', '5'],
      ]),
    )
    expect(JSON.parse(byQuery.events[0]!.data)).toMatchObject({ sequence: 3, title: 'Title 3' })
    const byHeader = await stream(token, '?after=2', { 'last-event-id': '4' })
    await eventually(() => expect(byHeader.events.map(({ id }) => id)).toEqual(['5']))
    expect(byHeader.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  })

  it('tells what arrives and what is marked', async () => {
    const token = await tokenFor('live')
    const client = await stream(token)
    await eventually(() => expect(client.events[0]).toMatchObject({ event: 'ready', id: '0' }))
    publishInbox(platform.redis, await add('live', 1))
    const arrived = await eventually(() => client.events.find(({ event }) => event === 'item'))
    await call('POST', `/inbox/${(JSON.parse(arrived.data) as InboxItem).id}/read`, token)
    const marked = await eventually(() => client.events.find(({ event }) => event === 'update'))
    expect(marked.id).toBeNull()
    expect(JSON.parse(marked.data)).toMatchObject({ sequence: 1, readAt: expect.any(String) })
  })

  it('ends when its token does', async () => {
    const client = await stream(await tokenFor('brief', { ttlSeconds: 1 }))
    await client.ended
    await eventually(() => app.services.inbox.streams() <= streams.length - 1)
  })

  it('is refused as a problem, before anything is written', async () => {
    const token = await tokenFor('refused')
    expect((await call('GET', '/inbox/live?after=-1', token)).status).toBe(422)
    expect((await call('GET', '/inbox/live', token, undefined, { 'last-event-id': 'abc' })).status).toBe(422)
    await Promise.all(Array.from({ length: 10 }, () => stream(token)))
    const tooMany = await call('GET', '/inbox/live', token)
    expect(tooMany).toMatchObject({ status: 429, body: { detail: expect.stringContaining('10 live streams') } })
    expect(tooMany.headers.get('retry-after')).toBe('5')
  })
})
