import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CauseDetail, CauseView, DiscardView, LetterCounts, LetterDetail, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { Problem } from '#shared/contracts/problem.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { transaction } from '#platform/postgres/index.ts'
import { buryPoison, rollUpCauses } from '#services/dead-letters/index.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiClient } from '../support/typed-api.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { createPathRows, type AttemptEnd, type MessagePlan, type PathRows } from '../support/path-rows.ts'
import { insertKey } from '../../prisma/seed.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let path: PathRows

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.(dead-letters|saved-views)/.test(file))
  api = createApiClient(http.url, platform.apiKey)
  path = createPathRows(platform)
})

afterAll(async () => {
  await http.close()
  await app.close()
})

/** A delivery that died; answers its UUID. */
async function die(plan: MessagePlan, end: Partial<AttemptEnd> = {}, event: object = {}, rows = path): Promise<string> {
  const id = await rows.accept({ type: 'pull_request.opened', ...event })
  const [written] = await rows.fanOut(id, [plan])
  await rows.attempt(written!.deliveryId, { state: 'dead', ...end })
  return written!.deliveryId
}

async function letterOf(deliveryId: string): Promise<LetterView> {
  const { body } = await api.get<Page<LetterView>>('/dead-letters?limit=200')
  const letter = body.items.find((one) => one.deliveryId === publicId('delivery', deliveryId))
  if (!letter) throw new Error('no letter')
  return letter
}

const causes = async (query = '') => (await api.get<Page<CauseView>>(`/dead-letters/causes${query}`)).body.items
const openOf = async (query: string) => (await api.get<Page<LetterView>>(`/dead-letters?state=open&limit=200&${query}`)).body.items

describe('GET /dead-letters', () => {
  test('says of a letter what died, where and why', async () => {
    const endpointId = await path.addEndpoint()
    const delivery = await die({ channel: 'webhook', endpointId }, { error: 'connect ECONNREFUSED 10.0.0.1:80' })
    const letter = await letterOf(delivery)
    expect(letter).toMatchObject({
      kind: 'delivery-exhausted',
      deliveryId: publicId('delivery', delivery),
      channel: 'webhook',
      eventType: 'pull_request.opened',
      recipientId: null,
      endpointId: publicId('endpoint', endpointId),
      previousId: null,
      replayId: null,
      error: { code: 'connection-refused', message: 'connect ECONNREFUSED 10.0.0.1:80' },
      attempts: 1,
      state: 'open',
      outcome: null,
      closedAt: null,
    })
    expect(letter.causeId).toMatch(/^cau_/)
  })

  test('finds by every filter, and all that are given must hold', async () => {
    const endpointId = await path.addEndpoint()
    const mail = publicId(
      'delivery',
      await die(
        { channel: 'email', recipientId: 'filter-1' },
        { errorCode: 'smtp-550', error: '550 no such mailbox 100%_sure' },
        { data: { order: 'Zürich-77' } },
      ),
    )
    const hook = publicId('delivery', await die({ channel: 'webhook', endpointId }, { errorCode: 'http-500', error: 'HTTP 500' }))
    const mailLetter = (await openOf('recipient=filter-1'))[0]!
    const expectOnly = async (query: string, delivery: string): Promise<void> =>
      expect(
        (await openOf(query)).map((letter) => letter.deliveryId),
        query,
      ).toEqual([delivery])
    await expectOnly('recipient=filter-1', mail)
    await expectOnly('channel=email', mail)
    await expectOnly(`endpoint=${publicId('endpoint', endpointId)}`, hook)
    await expectOnly(`cause=${mailLetter.causeId}`, mail)
    await expectOnly('q=NO%20SUCH', mail)
    await expectOnly('q=100%25_sure', mail)
    await expectOnly('q=zürich-77', mail)
    await expectOnly('from=2020-01-01&kind=delivery-exhausted&channel=email', mail)
    expect(await openOf('recipient=filter-1&channel=webhook')).toEqual([])
    expect(await openOf('q=100_sure')).toEqual([])
    expect(await openOf('to=2020-01-01')).toEqual([])
    expect((await api.get('/dead-letters?cause=wrong')).status).toBe(422)
    expect((await api.get('/dead-letters?ids=dl_1')).status).toBe(422)
  })

  test('pages newest first', async () => {
    const all = (await api.get<Page<LetterView>>('/dead-letters?limit=200')).body.items.map((letter) => letter.id)
    const first = (await api.get<Page<LetterView>>('/dead-letters?limit=2')).body
    const rest = (await api.get<Page<LetterView>>(`/dead-letters?limit=200&cursor=${first.nextCursor}`)).body
    expect([...first.items, ...rest.items].map((letter) => letter.id)).toEqual(all)
    expect([...all].sort().reverse()).toEqual(all)
    expect((await api.get<Problem>('/dead-letters?cursor=abc')).status).toBe(422)
  })
})

describe('GET /dead-letters/{id}', () => {
  test('has the snapshot, the attempts and the lineage of a delivery that died twice', async () => {
    const event = { data: { title: 'Fix' }, subject: 'repo/7' }
    const delivery = await die({ channel: 'email', recipientId: 'twice', content: { subject: 'Fix', text: 'Body' } }, {}, event)
    const firstId = (await letterOf(delivery)).id
    // What a plain replay does: the same delivery, pending again.
    await platform.pool.query("UPDATE delivery SET state = 'pending', tries = 0 WHERE id = $1", [delivery])
    await platform.pool.query(
      "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'deliver', $2, 'delivery-email', $2, now(), false)",
      [delivery, platform.workspaceId],
    )
    await path.attempt(delivery, { state: 'dead', error: 'again' })
    const secondId = (await letterOf(delivery)).id
    expect(secondId).not.toBe(firstId)

    const second = (await api.get<LetterDetail>(`/dead-letters/${secondId}`)).body
    expect(second).toMatchObject({
      previousId: firstId,
      nextId: null,
      deliveryState: 'dead',
      attemptHistory: [
        { number: 1, outcome: 'give-up' },
        { number: 2, outcome: 'give-up', error: 'again' },
      ],
      snapshot: {
        event: { type: 'pull_request.opened', data: { title: 'Fix' }, recipients: [], subject: 'repo/7', source: null },
        content: { subject: 'Fix', text: 'Body' },
        address: 'u1@example.com',
        override: null,
      },
    })
    expect(second.snapshot.event.acceptedAt).toMatch(/Z$/)
    expect((await api.get<LetterDetail>(`/dead-letters/${firstId}`)).body.nextId).toBe(secondId)
    const other = await platform.addWorkspace()
    expect((await api.get(`/dead-letters/${firstId}`, other.apiKey)).status).toBe(404)
  })

  test('of a fan-out that failed for good has no delivery', async () => {
    const eventId = await path.accept({ type: 'poison.event', data: { x: 1 } })
    await transaction(platform.pool, (client) =>
      buryPoison(client, { id: eventId, kind: 'fan-out', workspaceId: platform.workspaceId, starts: 5, lastError: null }),
    )
    const [letter] = await openOf('kind=pipeline-fault')
    expect(letter).toMatchObject({ deliveryId: null, channel: null, eventId: publicId('event', eventId) })
    const { status, body } = await api.get<LetterDetail>(`/dead-letters/${letter!.id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ attemptHistory: [], deliveryState: null, snapshot: { content: null, event: { data: { x: 1 } } } })
  })
})

describe('GET /dead-letters/causes', () => {
  test('groups what one fix would mend, with counts that do not wait for the roll-up', async () => {
    const endpointId = await path.addEndpoint()
    for (let i = 0; i < 3; i++)
      await die({ channel: 'webhook', endpointId }, { errorCode: 'http-502', error: `HTTP 502 from host-${i}.example.com` })
    const find = async () => (await causes()).find((cause) => cause.errorCode === 'http-502')
    const cause = await find()
    expect(cause).toMatchObject({
      title: 'HTTP 502 from webhook endpoint',
      kind: 'delivery-exhausted',
      count: 3,
      total: 3,
      channels: ['webhook'],
    })
    expect((await openOf(`cause=${cause!.id}`)).map((letter) => letter.id)).toContain(cause!.sampleId)
    await rollUpCauses(platform.pool)
    expect(await find()).toEqual(cause)
    await die({ channel: 'webhook', endpointId }, { errorCode: 'http-502', error: 'HTTP 502 from host-9.example.com' })
    const later = await find()
    expect(later!.count).toBe(4)
    expect(later!.lastSeenAt >= cause!.lastSeenAt).toBe(true)
  })

  test('pages by the last one seen, and filters', async () => {
    const all = (await causes('?limit=200')).map((cause) => cause.id)
    expect(all.length).toBeGreaterThan(3)
    const paged: string[] = []
    let cursor: string | null = null
    do {
      const { body }: { body: Page<CauseView> } = await api.get<Page<CauseView>>(
        `/dead-letters/causes?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
      )
      paged.push(...body.items.map((cause) => cause.id))
      cursor = body.nextCursor
    } while (cursor)
    expect(paged).toEqual(all)
    expect((await causes('?channel=email')).every((cause) => cause.channels.includes('email'))).toBe(true)
    expect((await causes('?kind=pipeline-fault')).map((cause) => cause.kind)).toEqual(['pipeline-fault'])
    expect((await api.get('/dead-letters/causes?cursor=bm90aGluZw')).status).toBe(422)
  })

  test('leaves out those of another workspace', async () => {
    const other = await platform.addWorkspace()
    expect((await api.get<Page<CauseView>>('/dead-letters/causes', other.apiKey)).body.items).toEqual([])
  })
})

describe('POST /dead-letters/discard', () => {
  const discard = (filter: object, reason = 'nobody needs them', key?: string) =>
    api.post<{ discarded: number }>('/dead-letters/discard', { filter, reason }, key)

  test('closes what the list of the same filter shows, and says how many', async () => {
    await die({ channel: 'email', recipientId: 'gone-1' }, { errorCode: 'smtp-551', error: '551 moved' })
    await die({ channel: 'email', recipientId: 'gone-2' }, { errorCode: 'smtp-551', error: '551 moved' })
    const [letter] = await openOf('recipient=gone-1')
    expect(await discard({ recipient: 'gone-1' })).toMatchObject({ status: 200, body: { discarded: 1 } })
    expect(await openOf('recipient=gone-1')).toEqual([])
    expect((await api.get<LetterDetail>(`/dead-letters/${letter!.id}`)).body).toMatchObject({
      state: 'discarded',
      closedReason: 'nobody needs them',
      deliveryState: 'dead',
    })
    const cause = (await causes()).find((one) => one.id === letter!.causeId)
    expect(cause).toMatchObject({ count: 1, total: 2 })
    expect(cause!.sampleId).toBe((await openOf('recipient=gone-2'))[0]!.id)
    await discard({ ids: [(await openOf('recipient=gone-2'))[0]!.id] })
    expect((await causes()).some((one) => one.id === letter!.causeId)).toBe(false)
    expect((await discard({ recipient: 'gone-1' })).body).toEqual({ discarded: 0, id: null })
    const { rows } = await platform.pool.query(
      "SELECT reason, details FROM audit_entry WHERE action = 'dead-letter.discard' ORDER BY id LIMIT 1",
    )
    expect(rows).toEqual([
      { reason: 'nobody needs them', details: { filter: { recipient: 'gone-1' }, matching: 1, discard: expect.stringMatching(/^dsc_/) } },
    ])
  })

  test('leaves alone what a replay has claimed, and what is not open', async () => {
    const delivery = await die({ channel: 'email', recipientId: 'claimed' })
    const letter = await letterOf(delivery)
    await platform.pool.query('UPDATE dead_letter SET replay_id = id WHERE id = $1', [parsePublicId('deadLetter', letter.id)])
    expect((await discard({ recipient: 'claimed' })).body).toEqual({ discarded: 0, id: null })
    expect((await discard({ state: 'replayed' })).body).toEqual({ discarded: 0, id: null })
  })

  test('takes more than one chunk, each letter once, while two people press the button', async () => {
    const delivery = await die({ channel: 'email', recipientId: 'many' })
    const letter = await letterOf(delivery)
    await platform.pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, channel, recipient_id, error_code, error_message, attempts, snapshot)
       SELECT workspace_id, gen_random_uuid(), kind, cause_id, event_id, event_type, channel, recipient_id, error_code, error_message, attempts, snapshot
       FROM dead_letter, generate_series(1, 2499) WHERE id = $1`,
      [parsePublicId('deadLetter', letter.id)],
    )
    const answers = await Promise.all([discard({ recipient: 'many' }), discard({ recipient: 'many' })])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    expect(answers[0]!.body.discarded + answers[1]!.body.discarded).toBe(2_500)
    expect(await openOf('recipient=many')).toEqual([])
  })

  test('of another workspace, without a reason, or with an unknown filter does nothing', async () => {
    const other = await platform.addWorkspace()
    const before = (await openOf('')).length
    expect((await discard({}, 'all of them', other.apiKey)).body).toEqual({ discarded: 0, id: null })
    expect((await api.post('/dead-letters/discard', { filter: {} })).status).toBe(422)
    const { status, body } = await api.post<Problem>('/dead-letters/discard', { filter: { recipients: 'u1' }, reason: 'typo' })
    expect(status).toBe(422)
    expect(body.errors?.[0]?.path).toBe('/filter/recipients')
    expect((await openOf('')).length).toBe(before)
  })
})

describe('taking a discard back', () => {
  test('opens its letters again, once, with an audit entry', async () => {
    await die({ channel: 'email', recipientId: 'undo-1' }, { errorCode: 'smtp-552', error: '552 full' })
    await die({ channel: 'email', recipientId: 'undo-2' }, { errorCode: 'smtp-552', error: '552 full' })
    const cause = (await openOf('recipient=undo-1'))[0]!.causeId
    const before = (await api.get<LetterCounts>('/dead-letters/counts')).body
    const { body } = await api.post<{ discarded: number; id: string }>('/dead-letters/discard', {
      filter: { cause },
      reason: 'wrong button',
      confirmCount: 2,
    })
    expect((await api.get<LetterCounts>('/dead-letters/counts')).body).toMatchObject({
      open: before.open - 2,
      discarded: before.discarded + 2,
    })
    const closed = (await causes('?state=closed')).find((one) => one.id === cause)
    expect(closed).toMatchObject({ count: 0, closed: { how: 'discarded', by: 'Test', count: 2 } })
    const undo = (id: string) => api.post<{ reopened: number }>(`/dead-letters/discards/${id}/undo`, { reason: 'they were good' })
    expect(await undo(body.id)).toMatchObject({ status: 200, body: { reopened: 2 } })
    expect((await openOf(`cause=${cause}`)).map((letter) => [letter.closedBy, letter.discardId])).toEqual([
      [null, null],
      [null, null],
    ])
    expect((await api.get<LetterCounts>('/dead-letters/counts')).body).toEqual(before)
    expect((await undo(body.id)).status).toBe(409)
    expect((await undo('dsc_0192f3a07b3e7c1d8a4f5e6d7c8b9a01')).status).toBe(404)
    const [discard] = (await api.get<Page<DiscardView>>('/dead-letters/discards')).body.items
    expect(discard).toMatchObject({ id: body.id, letters: 2, reason: 'wrong button', by: 'Test', undoneBy: 'Test' })
    const { rows } = await platform.pool.query("SELECT reason, details FROM audit_entry WHERE action = 'dead-letter.undo-discard'")
    expect(rows).toEqual([{ reason: 'they were good', details: { reopened: 2, discarded: 2 } }])
    expect((await api.post('/dead-letters/discard', { filter: { cause }, reason: 'x', confirmCount: 3 })).status).toBe(409)
  })
})

describe('GET /dead-letters/causes/{id}', () => {
  test('explains a cause with its trend, whom it meets, a sample, and what is known of now', async () => {
    const endpointId = await path.addEndpoint({ url: 'https://hooks.ci.example/github?token=t' })
    const end = { errorCode: 'connection-refused', error: 'connect ECONNREFUSED 203.0.113.24:443', where: 'webhook.connect' }
    for (const type of ['push', 'push', 'release']) await die({ channel: 'webhook', endpointId }, end, { type })
    const cause = (await openOf(`endpoint=${publicId('endpoint', endpointId)}`))[0]!.causeId
    const read = async () => (await api.get<CauseDetail>(`/dead-letters/causes/${cause}`)).body
    const detail = await read()
    expect(detail.trend.at(-1)! + detail.trend.at(-2)!).toBeGreaterThanOrEqual(3)
    expect(detail.facets.eventTypes).toEqual(
      expect.arrayContaining([
        { value: 'push', label: 'push', count: 2 },
        { value: 'release', label: 'release', count: 1 },
      ]),
    )
    expect(detail.facets.endpoints).toContainEqual({
      value: publicId('endpoint', endpointId),
      label: 'hooks.ci.example/github',
      count: 3,
    })
    expect(detail.explanation.sent).toBe('Nothing was ever sent, so a replay makes no duplicates.')
    expect(detail.sample).toMatchObject({
      target: expect.not.stringContaining('token'),
      attempts: [expect.objectContaining({ number: 1 })],
    })
    const [delivered] = await path.fanOut(await path.accept({ type: 'push' }), [{ channel: 'webhook', endpointId }])
    await path.attempt(delivered!.deliveryId, { state: 'delivered', statusCode: 200 })
    expect((await read()).explanation).toMatchObject({
      works: true,
      now: expect.stringMatching(/^It answers again: a delivery at .* got 200 in 12 ms\.$/),
    })
    await rollUpCauses(platform.pool)
    expect((await read()).trend).toEqual(detail.trend)
    const other = await platform.addWorkspace()
    expect((await api.get(`/dead-letters/causes/${cause}`, other.apiKey)).status).toBe(404)
  })

  test('knows what may have arrived', async () => {
    const endpointId = await path.addEndpoint()
    await die({ channel: 'webhook', endpointId }, { errorCode: 'timeout', error: 'no answer within 20 s' })
    const [letter] = await openOf(`endpoint=${publicId('endpoint', endpointId)}`)
    expect(letter!.reached).toBe('maybe')
    expect((await api.get<CauseDetail>(`/dead-letters/causes/${letter!.causeId}`)).body.explanation.sent).toContain('the same webhook-id')
    expect(await openOf(`endpoint=${publicId('endpoint', endpointId)}&repeats=leave-out`)).toEqual([])
  })
})

describe('what callers see who may only look', () => {
  test('is masked in lists, details, exports; and a search tells them nothing of payloads', async () => {
    await die(
      {
        channel: 'email',
        recipientId: 'masked-1',
        address: 'ada@example.com',
        content: { subject: 'Hello Ada', text: 'Your PIN is 4711' },
      },
      { errorCode: 'smtp-550', error: '550 no mailbox ada@example.com' },
      { type: 'masked.event', data: { apiKey: 'verysecret', title: 'Fine' } },
    )
    const viewer = `sb_${'v'.repeat(40)}`
    await insertKey(platform.pool, platform.workspaceId, viewer, 'Viewer')
    await platform.pool.query("UPDATE api_key SET scopes = '{events:read}' WHERE name = 'Viewer'")
    const [letter] = await openOf('recipient=masked-1')
    expect(letter!.error.message).toContain('ada@example.com')
    const detail = (await api.get<LetterDetail>(`/dead-letters/${letter!.id}`, viewer)).body
    expect(detail).toMatchObject({ masked: true, snapshot: { event: { data: { title: 'Fine' } } } })
    const exported = await fetch(`${http.url}/api/v1/dead-letters/export?format=json&recipient=masked-1`, {
      headers: { authorization: `Bearer ${viewer}` },
    })
    const list = (await api.get<Page<LetterView>>('/dead-letters?recipient=masked-1', viewer)).body
    const cause = (await api.get<CauseDetail>(`/dead-letters/causes/${letter!.causeId}`, viewer)).body
    const seen = JSON.stringify([detail, await exported.text(), list, cause])
    for (const secret of ['ada@example.com', 'verysecret', 'Hello Ada', '4711']) expect(seen).not.toContain(secret)
    expect((await openOf('q=verysecret')).length).toBe(1)
    expect((await api.get<Page<LetterView>>('/dead-letters?q=verysecret', viewer)).body.items).toEqual([])
    expect((await api.get<LetterDetail>(`/dead-letters/${letter!.id}`)).body).toMatchObject({
      masked: false,
      snapshot: { address: 'ada@example.com' },
    })
  })
})

describe('GET /dead-letters/export', () => {
  test('streams what the list of the same filter shows, with formulas defused', async () => {
    await die({ channel: 'email', recipientId: '=HYPERLINK("x")' }, { errorCode: 'smtp-553', error: 'say "no", +1' })
    const query = new URLSearchParams({ recipient: '=HYPERLINK("x")' })
    const [letter] = await openOf(query.toString())
    const csv = await fetch(`${http.url}/api/v1/dead-letters/export?${query}`, { headers: { authorization: `Bearer ${platform.apiKey}` } })
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="dead-letters-\d{4}-\d\d-\d\d\.csv"$/)
    const lines = (await csv.text()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"id","state"')
    expect(lines[1]).toContain(letter!.id)
    expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`)
    expect(lines[1]).toContain('"say ""no"", +1"')
    const all = await fetch(`${http.url}/api/v1/dead-letters/export?format=json`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    })
    const ids = ((await all.json()) as LetterView[]).map((one) => one.id)
    // More than one page of the stream: the discards above left 2,500 behind.
    expect(ids.length).toBeGreaterThan(2_500)
    expect(new Set(ids).size).toBe(ids.length)
    const { rows } = await platform.pool.query('SELECT count(*)::int AS n FROM dead_letter WHERE workspace_id = $1', [platform.workspaceId])
    expect(ids.length).toBe(rows[0].n)
    expect((await api.get('/dead-letters/export?format=xml')).status).toBe(422)
  })
})

describe('saved views', () => {
  test('are kept, replaced and deleted, in their workspace only', async () => {
    const save = (name: string, query: object) => api.post<{ id: string }>('/saved-views', { page: 'dead-letters', name, query })
    expect((await save('Refused', { q: 'ECONNREFUSED' })).status).toBe(201)
    const { body } = await save('Refused', { q: 'refused', channel: 'webhook' })
    expect((await api.get('/saved-views?page=dead-letters')).body).toMatchObject({
      items: [{ id: body.id, name: 'Refused', query: { q: 'refused', channel: 'webhook' }, createdBy: 'Test' }],
    })
    const other = await platform.addWorkspace()
    expect((await api.get('/saved-views', other.apiKey)).body).toMatchObject({ items: [] })
    const remove = (key: string) =>
      fetch(`${http.url}/api/v1/saved-views/${body.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } })
    expect((await remove(other.apiKey)).status).toBe(404)
    expect((await remove(platform.apiKey)).status).toBe(204)
    expect((await remove(platform.apiKey)).status).toBe(404)
    expect((await save('x', { 'not a name': 'x' })).status).toBe(422)
  })
})
