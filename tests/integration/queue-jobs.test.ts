// Jobs of a queue: what each state means, the search, and what an operator does to one or to many. Over the path's own rows, with the
// reconciler at the end of each test.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createQueues } from '#platform/queue/index.ts'
import { reconcile } from '#services/ledger/index.ts'
import { createJobOperationRunner } from '#services/queues/index.ts'
import { createHeldRows } from '#services/outbox/index.ts'
import type { JobActionResult, JobBulkPreview, JobDetail, JobOperationView, JobPage, WhyNotRunning } from '#shared/contracts/job.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { createPathRows, type PathRows } from '../support/path-rows.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'
import { createApiClient, type ApiClient } from '../support/api-client.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiClient
let rows: PathRows
let stranger: ApiClient

beforeAll(async () => {
  platform = await openTestPlatform()
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => /v1.queues/.test(file))
  api = createApiClient(http.url, platform.apiKey)
  rows = createPathRows(platform)
  const other = await platform.addWorkspace()
  await platform.pool.query('UPDATE api_key SET instance = false WHERE workspace_id = $1', [other.workspaceId])
  stranger = createApiClient(http.url, other.apiKey)
})
beforeEach(() =>
  platform.pool.query(
    "TRUNCATE event, delivery, notification, attempt, ledger_delta, ledger_count, queue_setting, job_operation, process; DELETE FROM outbox WHERE kind <> 'ballast'",
  ),
)
afterEach(async () => {
  expect(await reconcile(platform.pool)).toMatchObject({ total: 0, differences: [], broken: [] })
})
afterAll(async () => {
  await http.close()
  await app.close()
})

/** Mails that wait: one event with as many recipients. */
async function addMails(count: number, event: object = {}): Promise<string[]> {
  const eventId = await rows.accept({ type: 'mail.event', data: { title: 'Fix the parser' }, ...event })
  const written = await rows.fanOut(
    eventId,
    Array.from({ length: count }, (_, i) => ({ channel: 'email' as const, recipientId: `u${i}`, address: `u${i}@example.com` })),
  )
  return written.map(({ deliveryId }) => deliveryId)
}

const list = async (query: string, queue = 'delivery-email', client = api) =>
  (await client.get<JobPage>(`/queues/${queue}/jobs?${query}`)).body
const dlv = (id: string) => publicId('delivery', id)
const ids = (page: JobPage) => page.items.map(({ id }) => id)
const stateOf = async (id: string) => (await platform.pool.query('SELECT state, reason FROM delivery WHERE id = $1', [id])).rows[0]

describe('lists', () => {
  test('tell waiting, active, delayed and held apart, oldest first, in pages', async () => {
    const [a, b, c] = (await addMails(3)) as [string, string, string]
    await rows.attempt(c, { state: 'retrying', retryInMs: 600_000, error: 'mailbox is full' })
    await rows.open(b)
    const endpoint = await rows.addEndpoint({ state: 'disabled' })
    const hooked = await rows.accept({ type: 'held.event' })
    const [held] = await rows.fanOut(hooked, [{ channel: 'webhook', endpointId: endpoint, state: 'held' }])
    expect((await list('state=waiting')).items).toMatchObject([
      { id: dlv(a), state: 'waiting', standsIn: 'postgres', eventType: 'mail.event', recipientId: 'u0', tries: 0 },
    ])
    expect((await list('state=active')).items).toMatchObject([{ id: dlv(b), state: 'active', standsIn: 'worker' }])
    expect((await list('state=delayed')).items).toMatchObject([{ id: dlv(c), state: 'delayed', tries: 1, error: 'mailbox is full' }])
    expect((await list('state=held', 'delivery-webhook')).items).toMatchObject([
      { id: dlv(held!.deliveryId), dueAt: null, lane: publicId('endpoint', endpoint), endpointUrl: 'https://example.com/hook' },
    ])
    expect((await list('state=paused')).items).toEqual([])
  })

  test('page without gaps or repeats, also where many are due at the same moment', async () => {
    const all = [...(await addMails(7)), ...(await addMails(6))].map(dlv)
    await platform.pool.query("UPDATE outbox SET due_at = now() - interval '1 minute' WHERE queue = 'delivery-email'")
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = await list(`limit=4${cursor && `&cursor=${cursor}`}`)
      seen.push(...ids(page))
      if (!page.nextCursor) break
      cursor = page.nextCursor
    }
    expect(seen.toSorted()).toEqual(all.toSorted())
    expect((await api.get('/queues/delivery-email/jobs?cursor=abc')).status).toBe(422)
  })

  test('look into payload, type, subject, recipient, address and error', async () => {
    const [mail] = (await addMails(1, { type: 'first.kind', data: { title: 'A needle in hay' }, subject: 'repo/7' })) as [string]
    const [other] = (await addMails(1, { type: 'second.kind' })) as [string]
    await platform.pool.query("UPDATE outbox SET last_error = 'template exploded' WHERE id = $1", [other])
    for (const q of ['needle', 'NEEDLE', 'first.kind', 'repo/7'])
      expect(ids(await list(`q=${encodeURIComponent(q)}`)), q).toEqual([dlv(mail)])
    expect(ids(await list('q=exploded'))).toEqual([dlv(other)])
    expect(ids(await list('q=u0@example')).length).toBe(2)
    expect(ids(await list('q=u0')).length).toBe(2)
    expect(ids(await list(`q=${dlv(mail)}`))).toEqual([dlv(mail)])
    const { eventId } = (await list(`q=${dlv(mail)}`)).items[0]!
    expect(ids(await list(`q=${eventId}`))).toEqual([dlv(mail)])
    expect(await list('q=100%25_nothing')).toMatchObject({ items: [], nextCursor: null })
  })

  test('search on from where an answer stopped', async () => {
    const all = (await addMails(30)).map(dlv)
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = await list(`q=parser&limit=7${cursor && `&cursor=${cursor}`}`)
      expect(page.searched).toBeGreaterThan(0)
      seen.push(...ids(page))
      if (!page.nextCursor) break
      cursor = page.nextCursor
    }
    expect(seen.toSorted()).toEqual(all.toSorted())
  })

  test("show nobody another workspace's work, but to those who own the instance", async () => {
    const [mail] = (await addMails(1)) as [string]
    expect((await list('', 'delivery-email', stranger)).items).toEqual([])
    expect((await stranger.get(`/queues/delivery-email/jobs/${dlv(mail)}`)).status).toBe(404)
    expect((await stranger.delete(`/queues/delivery-email/jobs/${dlv(mail)}`, { reason: 'x' })).status).toBe(404)
    expect((await stranger.post(`/queues/delivery-email/jobs/${dlv(mail)}/promote`, { reason: 'x' })).status).toBe(403)
    expect(ids(await list('', 'delivery-email'))).toEqual([dlv(mail)])
  })
})

test('one job: its event, attempts, payload, lease and who holds it', async () => {
  const [mail] = (await addMails(1)) as [string]
  await rows.attempt(mail, { state: 'retrying', retryInMs: 60_000, error: 'greylisted', statusCode: 451 })
  const { body } = await api.get<JobDetail>(`/queues/delivery-email/jobs/${dlv(mail)}`)
  expect(body).toMatchObject({
    id: dlv(mail),
    state: 'delayed',
    lease: null,
    event: { type: 'mail.event', state: 'processing', openDeliveries: 1 },
    delivery: { state: 'retrying', channel: 'email', attempts: [{ number: 1, outcome: 'retry', error: 'greylisted', statusCode: 451 }] },
  })
  expect(JSON.parse(body.payload!)).toEqual({ title: 'Fix the parser' })
  const { opened } = await rows.open(mail)
  expect(opened.tries).toBe(2)
  expect((await api.get<JobDetail>(`/queues/delivery-email/jobs/${dlv(mail)}`)).body).toMatchObject({
    state: 'active',
    lease: { until: null, worker: { id: publicId('process', rows.owner) } },
  })
  expect((await api.get(`/queues/delivery-webhook/jobs/${dlv(mail)}`)).status).toBe(404)
})

describe('one job', () => {
  const act = (id: string, verb: 'retry' | 'promote') =>
    api.post<JobActionResult>(`/queues/delivery-email/jobs/${dlv(id)}/${verb}`, { reason: 'a test' })

  test('is retried: due now, and what stood in Redis for later is stale', async () => {
    const [mail] = (await addMails(1)) as [string]
    await rows.attempt(mail, { state: 'retrying', retryInMs: 600_000 })
    const before = (await platform.pool.query('SELECT dispatches FROM outbox WHERE id = $1', [mail])).rows[0].dispatches
    expect(await act(mail, 'retry')).toMatchObject({ status: 200, body: { done: 'retried', job: { state: 'waiting', tries: 1 } } })
    expect((await platform.pool.query('SELECT dispatches, leased FROM outbox WHERE id = $1', [mail])).rows[0]).toEqual({
      dispatches: before + 1,
      leased: false,
    })
    expect((await act(mail, 'retry')).status).toBe(409)
    const { rows: audit } = await platform.pool.query('SELECT action, subject_id, reason FROM audit_entry ORDER BY id DESC LIMIT 1')
    expect(audit).toEqual([{ action: 'job.retry', subject_id: dlv(mail), reason: 'a test' }])
  })

  test('is promoted: handed over before everything that waits in Redis', async () => {
    const queues = createQueues(platform.redis)
    const [first, second] = (await addMails(2)) as [string, string]
    await queues.add([{ queue: 'delivery-email', rows: [{ id: first, n: 1 }], delayMs: 0 }])
    expect(await act(second, 'promote')).toMatchObject({ status: 200, body: { done: 'promoted', job: { standsIn: 'redis' } } })
    const waiting = await platform.redis.lrange('sb:delivery-email:wait', 0, -1)
    const chunks = await Promise.all(waiting.map((id) => platform.redis.hget(`sb:delivery-email:${id}`, 'data')))
    // A worker takes from the end.
    expect(chunks.at(-1)).toContain(second)
    expect(chunks).toHaveLength(2)
    await platform.pool.query(
      "INSERT INTO queue_setting (name, paused_at, paused_by, paused_reason) VALUES ('delivery-email', now(), 'x', 'x')",
    )
    expect((await act(first, 'promote')).status).toBe(409)
    await queues.close()
    await platform.redis.flushdb()
  })

  test('is removed: cancelled with the reason, its event completed, the ledger right', async () => {
    const [waiting, delayed, sending] = (await addMails(3)) as [string, string, string]
    await rows.attempt(delayed, { state: 'retrying', retryInMs: 600_000 })
    await rows.open(sending)
    const remove = (id: string) => api.delete<JobActionResult>(`/queues/delivery-email/jobs/${dlv(id)}`, { reason: 'sent by mistake' })
    expect(await remove(waiting)).toMatchObject({ status: 200, body: { done: 'removed', job: null } })
    expect(await remove(delayed)).toMatchObject({ status: 200 })
    expect((await remove(sending)).status).toBe(409)
    expect(await stateOf(waiting)).toEqual({ state: 'cancelled', reason: 'removed by an operator: sent by mistake' })
    expect((await remove(waiting)).status).toBe(404)
    const endpoint = await rows.addEndpoint({ state: 'disabled' })
    const [held] = await rows.fanOut(await rows.accept({ type: 'held.event' }), [
      { channel: 'webhook', endpointId: endpoint, state: 'held' },
    ])
    expect((await api.delete(`/queues/delivery-webhook/jobs/${dlv(held!.deliveryId)}`, { reason: 'gone for good' })).status).toBe(200)
    expect((await stateOf(held!.deliveryId)).state).toBe('cancelled')
  })

  test('of the fan-out is removed with its whole event', async () => {
    const eventId = await rows.accept({ type: 'unwanted' })
    expect((await api.delete(`/queues/fan-out/jobs/${publicId('event', eventId)}`, { reason: 'not meant' })).status).toBe(200)
    const { rows: event } = await platform.pool.query('SELECT state, reason FROM event WHERE id = $1', [eventId])
    expect(event).toEqual([{ state: 'cancelled', reason: 'removed by an operator: not meant' }])
  })
})

describe('many jobs', () => {
  const bulk = (path: string, body: object) => api.post<any>(`/queues/delivery-email/job-operations${path}`, body)
  const remove = { action: 'remove', filter: { state: 'waiting', q: 'parser' } }

  function worker(queues = createQueues(platform.redis)) {
    const owner = newUuid()
    const runner = createJobOperationRunner({
      owner,
      pool: platform.pool,
      lazy: platform.lazy,
      queues,
      log: platform.log,
      held: createHeldRows(owner),
    })
    return async () => {
      const { rows: due } = await platform.pool.query(
        "UPDATE outbox SET leased = true, lease_until = now() + interval '1 minute', dispatches = dispatches + 1 WHERE kind = 'bulk' AND NOT leased RETURNING id, dispatches AS n",
      )
      await runner.handle(due)
      await queues.close()
    }
  }

  test('are counted exactly, confirmed by that count, removed in steps; what came later stays', async () => {
    await addMails(12)
    const spared = await addMails(3, { data: { title: 'something else' } })
    const preview = await bulk('/preview', remove)
    expect(preview).toMatchObject({ status: 200, body: { total: 12 } satisfies Partial<JobBulkPreview> })
    expect((await bulk('', { ...remove, reason: 'wrong template', confirmCount: 11 })).status).toBe(409)
    const started = await bulk('', { ...remove, reason: 'wrong template', confirmCount: 12 })
    expect(started).toMatchObject({ status: 202, body: { state: 'running', total: 12, done: 0, startedBy: 'Test' } })
    const late = await addMails(2)
    await worker()()
    const { body } = await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(body).toMatchObject({ state: 'completed', done: 12, skipped: 0 })
    for (const id of [...spared, ...late]) expect((await stateOf(id)).state).toBe('pending')
    const { rows: audit } = await platform.pool.query('SELECT action, reason, details FROM audit_entry ORDER BY id DESC LIMIT 1')
    expect(audit).toMatchObject([{ action: 'job.bulk-remove', reason: 'wrong template', details: { total: 12, queue: 'delivery-email' } }])
    expect((await api.get<any>('/queues/delivery-email/job-operations')).body.items).toHaveLength(1)
  })

  test('count the same as the list shows, whatever is looked for', async () => {
    const [mail] = (await addMails(3)) as [string]
    await addMails(2, { type: 'other.kind' })
    const { eventId } = (await list(`q=${dlv(mail)}`)).items[0]!
    for (const q of ['other.kind', 'u1', 'u1@', dlv(mail), eventId!, 'nothing at all']) {
      const { body } = await bulk('/preview', { action: 'remove', filter: { state: 'waiting', q } })
      expect(body.total, q).toBe((await list(`q=${encodeURIComponent(q)}`)).items.length)
    }
  })

  test('go on after a kill where they stood, and nothing is done twice', async () => {
    await addMails(20)
    const started = await bulk('', { ...remove, reason: 'x', confirmCount: 20 })
    // A worker that died in the middle: half of it is recorded, its lease has passed.
    const half = (await list('limit=10')).items
    const { body: first } = await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(first.done).toBe(0)
    for (const job of half.slice(0, 4)) await api.delete(`/queues/delivery-email/jobs/${job.id}`, { reason: 'by hand' })
    await worker()()
    await worker()()
    const { body } = await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(body).toMatchObject({ state: 'completed', total: 20, done: 16, skipped: 4 })
  })

  test('that are delayed are made due together; an operation is aborted', async () => {
    const mails = await addMails(4)
    for (const id of mails) await rows.attempt(id, { state: 'retrying', retryInMs: 600_000 })
    const filter = { state: 'delayed' }
    expect((await bulk('/preview', { action: 'retry', filter: { state: 'waiting' } })).status).toBe(422)
    const aborted = await bulk('', { action: 'retry', filter, reason: 'healed', confirmCount: 4 })
    expect(await bulk(`/${aborted.body.id}/abort`, { reason: 'wait' })).toMatchObject({
      status: 200,
      body: { state: 'aborted', skipped: 4 },
    })
    expect((await bulk(`/${aborted.body.id}/abort`, { reason: 'wait' })).status).toBe(409)
    await bulk('', { action: 'retry', filter, reason: 'healed', confirmCount: 4 })
    await worker()()
    expect((await list('state=waiting')).items).toHaveLength(4)
  })
})

describe('marked jobs', () => {
  const bulk = (path: string, body: object, client = api) => client.post<any>(`/queues/delivery-email/job-operations${path}`, body)
  const due = async () =>
    (
      await platform.pool.query(
        "UPDATE outbox SET leased = true, lease_until = now() + interval '1 minute', dispatches = dispatches + 1 WHERE kind = 'bulk' AND NOT leased RETURNING id, dispatches AS n",
      )
    ).rows
  async function work(queues = createQueues(platform.redis)): Promise<void> {
    const owner = newUuid()
    const { pool, lazy, log } = platform
    await createJobOperationRunner({ owner, pool, lazy, queues, log, held: createHeldRows(owner) }).handle(await due())
    await queues.close()
  }
  const chunksWaiting = async () =>
    Promise.all(
      (await platform.redis.lrange('sb:delivery-email:wait', 0, -1)).map(
        async (id) => JSON.parse((await platform.redis.hget(`sb:delivery-email:${id}`, 'data'))!) as { rows: [string, number][] },
      ),
    )
  afterEach(() => platform.redis.flushdb())

  test('are removed, and only they; those that have moved on are skipped', async () => {
    const [a, b, c, d] = (await addMails(4)) as [string, string, string, string]
    await rows.open(d)
    const filter = { state: 'waiting', ids: [a, b, d].map(dlv) }
    expect((await bulk('/preview', { action: 'remove', filter })).body.total).toBe(2)
    expect((await bulk('', { action: 'remove', filter, reason: 'these two', confirmCount: 3 })).status).toBe(409)
    const { body: started } = await bulk('', { action: 'remove', filter, reason: 'these two', confirmCount: 2 })
    await work()
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'completed',
      done: 2,
      filter: { ids: [a, b, d].map(dlv) },
    })
    expect([await stateOf(a), await stateOf(b), await stateOf(c)].map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'pending'])
    // An id of another queue names nothing here.
    const other = { state: 'waiting', ids: [publicId('event', newUuid())] }
    expect((await bulk('/preview', { action: 'remove', filter: other })).body.total).toBe(0)
    expect((await bulk('/preview', { action: 'remove', filter: { state: 'waiting', ids: [] } })).status).toBe(422)
  })

  test('are promoted in their order, before everything that waits in Redis; what is delayed too', async () => {
    const queues = createQueues(platform.redis)
    const mails = await addMails(30)
    const [front, ...others] = mails.toSorted()
    await queues.add([{ queue: 'delivery-email', rows: [{ id: front!, n: 9 }], delayMs: 0 }])
    const chosen = others.slice(0, 25)
    const filter = { state: 'waiting', ids: chosen.map(dlv) }
    expect((await bulk('/preview', { action: 'promote', filter })).body).toMatchObject({ total: 25 })
    const { body: started } = await bulk('', { action: 'promote', filter, reason: 'the board waits', confirmCount: 25 })
    await work(queues)
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'completed',
      done: 25,
    })
    // A worker takes from the end.
    const waiting = (await chunksWaiting()).reverse().map((chunk) => chunk.rows.map(([id]) => id))
    expect(waiting).toEqual([chosen.slice(0, 20), chosen.slice(20), [front]])
    const { rows: audit } = await platform.pool.query('SELECT action, reason FROM audit_entry ORDER BY id DESC LIMIT 1')
    expect(audit).toEqual([{ action: 'job.bulk-promote', reason: 'the board waits' }])
    const [late] = (await addMails(1)) as [string]
    await rows.attempt(late, { state: 'retrying', retryInMs: 600_000 })
    const { body: second } = await bulk('', { action: 'promote', filter: { state: 'delayed' }, reason: 'now', confirmCount: 1 })
    await work()
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${second.id}`)).body).toMatchObject({ done: 1 })
    expect((await list(`q=${dlv(late)}`)).items).toMatchObject([{ state: 'waiting', standsIn: 'redis' }])
  })

  test('are not promoted by a guest of the instance, past a pause, nor by the hundred thousand', async () => {
    const mails = await addMails(2)
    const filter = { state: 'waiting', ids: mails.map(dlv) }
    expect((await bulk('/preview', { action: 'promote', filter }, stranger)).status).toBe(403)
    expect((await bulk('', { action: 'promote', filter, reason: 'x', confirmCount: 2 }, stranger)).status).toBe(403)
    expect((await bulk('/preview', { action: 'promote', filter: { state: 'held' } })).status).toBe(422)
    const { body: started } = await bulk('', { action: 'promote', filter, reason: 'x', confirmCount: 2 })
    await api.post('/queues/delivery-email/pause', { reason: 'provider is down' })
    expect((await bulk('/preview', { action: 'promote', filter })).status).toBe(409)
    await work()
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'stopped',
      stopReason: 'the queue was paused',
      done: 0,
      skipped: 2,
    })
    await api.post('/queues/delivery-email/resume', { reason: 'x' })
    // More than may stand in Redis past their share. Rows of nothing, gone before the reconciler looks.
    await platform.pool.query(
      "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'deliver', $1, 'delivery-in-app', $1, now(), false FROM generate_series(1, 10001) n",
      [platform.workspaceId],
    )
    const many = { action: 'promote', filter: { state: 'waiting' } }
    const { body: preview } = await api.post<any>('/queues/delivery-in-app/job-operations/preview', many)
    const refused = await api.post<any>('/queues/delivery-in-app/job-operations', { ...many, reason: 'x', confirmCount: preview.total })
    expect([refused.status, preview.total]).toEqual([422, 10_001])
    await platform.pool.query("DELETE FROM outbox WHERE queue = 'delivery-in-app'")
  })

  test('stay as they were when Redis does not take them', async () => {
    const [mail] = (await addMails(1)) as [string]
    const { body: started } = await bulk('', { action: 'promote', filter: { state: 'waiting' }, reason: 'x', confirmCount: 1 })
    const queues = createQueues(platform.redis)
    await work({ ...queues, available: false, add: () => Promise.reject(new Error('Redis is away')), close: () => queues.close() })
    expect((await list(`q=${dlv(mail)}`)).items).toMatchObject([{ state: 'waiting', standsIn: 'postgres' }])
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'running',
      done: 0,
    })
    await work()
    expect((await api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'completed',
      done: 1,
    })
  })
})

describe('why is it not running?', () => {
  const why = async (id: string, queue = 'delivery-email') => (await api.get<WhyNotRunning>(`/queues/${queue}/jobs/${dlv(id)}/why`)).body
  const states = (answer: WhyNotRunning) => Object.fromEntries(answer.checks.map(({ id, state }) => [id, state]))
  const addWorker = () =>
    platform.pool.query(
      `INSERT INTO process (id, name, roles, pid, host, version, concurrency) VALUES ($1, 'worker-1', '{delivery}', 1, 'here', '1', '{"delivery-email": 5}')`,
      [newUuid()],
    )

  test('nobody works, then others are before it, then it is paused, then it is due later', async () => {
    const mails = (await addMails(5)) as [string]
    const last = (await list('')).items.at(-1)!.id
    const lastId = mails.find((id) => dlv(id) === last)!
    expect(states(await why(lastId))).toMatchObject({ workers: 'fail' })
    await addWorker()
    const behind = await why(lastId)
    expect(states(behind)).toEqual({ paused: 'ok', due: 'ok', held: 'ok', limited: 'ok', behind: 'warn', workers: 'ok' })
    expect(behind.sentence).toContain('It is behind 4 rows.')
    expect(behind.help.map(({ action }) => action)).toContain('promote')
    await api.post('/queues/delivery-email/pause', { reason: 'provider is down' })
    expect((await why(lastId)).sentence).toBe('The queue is paused by Test: provider is down. Nothing starts until it is resumed.')
    await api.post('/queues/delivery-email/resume', { reason: 'x' })
    await rows.attempt(lastId, { state: 'retrying', retryInMs: 300_000, error: 'greylisted' })
    expect(await why(lastId)).toMatchObject({
      sentence: expect.stringMatching(/^It tries again in (5 m 00|4 m 5\d) s, after 1 attempt: greylisted\.$/),
    })
  })

  test('its endpoint is disabled; its lane is stopped', async () => {
    const endpoint = await rows.addEndpoint({ state: 'disabled' })
    const [held] = await rows.fanOut(await rows.accept({ type: 'held.event' }), [
      { channel: 'webhook', endpointId: endpoint, state: 'held' },
    ])
    expect(await why(held!.deliveryId, 'delivery-webhook')).toMatchObject({ startsInSeconds: null, help: [{ action: 'enable-endpoint' }] })
    await addWorker()
    const [mail] = (await addMails(1)) as [string]
    const { lane } = (await list('')).items[0]!
    expect((await api.put(`/queues/delivery-email/lanes/${lane}`, { limit: 0, reason: 'too loud' })).status).toBe(200)
    const stopped = await why(mail)
    expect(stopped.sentence).toContain('is stopped: Test set its limit to 0.')
    expect(stopped.help.map(({ action }) => action)).toEqual(['unlimit-lane', 'promote'])
    await api.delete(`/queues/delivery-email/lanes/${lane}`, { reason: 'x' })
  })
})
