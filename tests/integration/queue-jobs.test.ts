// Jobs of a queue: what each state means, the search, what an operator does to one, and why it is not running. Over the path's own rows.
import { describe, expect, test } from 'vitest'
import { createQueues } from '#platform/queue/index.ts'
import type { JobActionResult, JobDetail, WhyNotRunning } from '#shared/contracts/job.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { mask } from '#shared/redact.ts'
import type { OperatorRole } from '#shared/roles.ts'
import { addOperator, openBrowser, type Browser } from '../support/operators.ts'
import { createPathRows } from '../support/path-rows.ts'
import { dlv, ids, useQueuedJobs } from '../support/queued-jobs.ts'

const at = useQueuedJobs()
const { addMails, list, stateOf } = at

describe('lists', () => {
  test('tell waiting, active, delayed and held apart, oldest first, in pages', async () => {
    const [a, b, c] = (await addMails(3)) as [string, string, string]
    await at.rows.attempt(c, { state: 'retrying', retryInMs: 600_000, error: 'mailbox is full' })
    await at.rows.open(b)
    const endpoint = await at.rows.addEndpoint({ state: 'disabled' })
    const hooked = await at.rows.accept({ type: 'held.event' })
    const [held] = await at.rows.fanOut(hooked, [{ channel: 'webhook', endpointId: endpoint, state: 'held' }])
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
    await at.platform.pool.query("UPDATE outbox SET due_at = now() - interval '1 minute' WHERE queue = 'delivery-email'")
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = await list(`limit=4${cursor && `&cursor=${cursor}`}`)
      seen.push(...ids(page))
      if (!page.nextCursor) break
      cursor = page.nextCursor
    }
    expect(seen.toSorted()).toEqual(all.toSorted())
    expect((await at.api.get('/queues/delivery-email/jobs?cursor=abc')).status).toBe(422)
  })

  test('look into payload, type, subject, recipient, address and error', async () => {
    const [mail] = (await addMails(1, { type: 'first.kind', data: { title: 'A needle in hay' }, subject: 'repo/7' })) as [string]
    const [other] = (await addMails(1, { type: 'second.kind' })) as [string]
    await at.platform.pool.query("UPDATE outbox SET last_error = 'template exploded' WHERE id = $1", [other])
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
    expect((await list('', 'delivery-email', at.stranger)).items).toEqual([])
    expect((await at.stranger.get(`/queues/delivery-email/jobs/${dlv(mail)}`)).status).toBe(404)
    expect((await at.stranger.delete(`/queues/delivery-email/jobs/${dlv(mail)}`, { reason: 'x' })).status).toBe(404)
    expect((await at.stranger.post(`/queues/delivery-email/jobs/${dlv(mail)}/promote`, { reason: 'x' })).status).toBe(403)
    expect(ids(await list('', 'delivery-email'))).toEqual([dlv(mail)])
  })
})

describe("another workspace's jobs", () => {
  const payload = { title: 'diagnosis-4711' }
  async function addOther() {
    const { workspaceId } = await at.platform.addWorkspace()
    const rows = createPathRows(at.platform, workspaceId)
    const event = await rows.accept({ type: 'lab.result', data: payload, subject: 'order/7' })
    const [one] = await rows.fanOut(event, [
      { channel: 'email', recipientId: 'ada', address: 'ada@example.com', subject: 'Results for Ada' },
    ])
    await rows.attempt(one!.deliveryId, { state: 'retrying', retryInMs: 600_000, error: '550 no mailbox ada@example.com' })
    return { workspaceId, mail: dlv(one!.deliveryId) }
  }
  const signedIn = async (roles: Record<string, OperatorRole>) => {
    const browser = openBrowser(at.url)
    await browser.signIn(
      await addOperator(at.platform.pool, { roles: { [at.platform.workspaceId]: 'operator', ...roles }, instance: true }),
    )
    return browser
  }
  const asked = ['diagnosis-4711', 'ada@example', 'Results']
  const filter = (q: string) => ({ action: 'retry', filter: { state: 'delayed', q } })

  test('are there for operators of the instance, as viewers see them', async () => {
    const { mail } = await addOther()
    const person = await signedIn({})
    for (const get of [(path: string) => at.api.get<any>(path), (path: string) => person.call<any>('GET', path)]) {
      const [row] = (await get('/queues/delivery-email/jobs?state=delayed')).body.items
      expect(row).toMatchObject({
        id: mail,
        eventType: 'lab.result',
        recipientId: 'ada',
        address: mask,
        subject: mask,
        error: `550 no mailbox ${mask}`,
      })
      for (const path of [`/queues/delivery-email/jobs/${mail}`, `/queues/delivery-email/jobs/${mail}/why`]) {
        const { status, body } = await get(path)
        expect(status).toBe(200)
        expect(
          asked.filter((text) => JSON.stringify(body).includes(text)),
          path,
        ).toEqual([])
      }
      expect((await get(`/queues/delivery-email/jobs/${mail}`)).body.payload).toBeNull()
      for (const q of asked) expect((await get(`/queues/delivery-email/jobs?state=delayed&q=${q}`)).body.items, q).toEqual([])
      expect((await get('/queues/delivery-email/jobs?state=delayed&q=lab.res')).body.items).toMatchObject([{ id: mail }])
    }
    for (const q of asked)
      expect((await person.call<any>('POST', '/queues/delivery-email/job-operations/preview', filter(q))).body.total, q).toBe(0)
    const done = await person.call<any>('POST', `/queues/delivery-email/jobs/${mail}/retry`, { reason: 'a test' })
    expect(done.body).toMatchObject({ done: 'retried', job: { id: mail, address: mask } })
  })

  test('are open to those who are operators there as well, and not to those who only look', async () => {
    const { workspaceId, mail } = await addOther()
    const viewer = await signedIn({ [workspaceId]: 'viewer' })
    const member = await signedIn({ [workspaceId]: 'operator' })
    for (const q of asked) {
      const path = `/queues/delivery-email/jobs?state=delayed&q=${q}`
      expect((await viewer.call<any>('GET', path)).body.items, q).toEqual([])
      expect((await member.call<any>('GET', path)).body.items, q).toMatchObject([{ id: mail, subject: 'Results for Ada' }])
      const preview = (browser: Browser) => browser.call<any>('POST', '/queues/delivery-email/job-operations/preview', filter(q))
      expect([
        (await viewer.call<any>('GET', path)).status,
        (await preview(viewer)).body.total,
        (await preview(member)).body.total,
      ]).toEqual([200, 0, 1])
    }
    const path = `/queues/delivery-email/jobs/${mail}`
    expect((await viewer.call<any>('GET', path)).body.payload).toBeNull()
    expect(JSON.parse((await member.call<any>('GET', path)).body.payload)).toEqual(payload)
  })
})

test('one job: its event, attempts, payload, lease and who holds it', async () => {
  const [mail] = (await addMails(1)) as [string]
  await at.rows.attempt(mail, { state: 'retrying', retryInMs: 60_000, error: 'greylisted', statusCode: 451 })
  const { body } = await at.api.get<JobDetail>(`/queues/delivery-email/jobs/${dlv(mail)}`)
  expect(body).toMatchObject({
    id: dlv(mail),
    state: 'delayed',
    lease: null,
    event: { type: 'mail.event', state: 'processing', openDeliveries: 1 },
    delivery: { state: 'retrying', channel: 'email', attempts: [{ number: 1, outcome: 'retry', error: 'greylisted', statusCode: 451 }] },
  })
  expect(JSON.parse(body.payload!)).toEqual({ title: 'Fix the parser' })
  const { opened } = await at.rows.open(mail)
  expect(opened.tries).toBe(2)
  expect((await at.api.get<JobDetail>(`/queues/delivery-email/jobs/${dlv(mail)}`)).body).toMatchObject({
    state: 'active',
    lease: { until: null, worker: { id: publicId('process', at.rows.owner) } },
  })
  expect((await at.api.get(`/queues/delivery-webhook/jobs/${dlv(mail)}`)).status).toBe(404)
})

describe('one job', () => {
  const lastAudited = async () =>
    (await at.platform.pool.query('SELECT action, subject_id, reason FROM audit_entry ORDER BY id DESC LIMIT 1')).rows[0]
  const act = (id: string, verb: 'retry' | 'promote') =>
    at.api.post<JobActionResult>(`/queues/delivery-email/jobs/${dlv(id)}/${verb}`, { reason: 'a test' })

  test('is retried: due now, and what stood in Redis for later is stale', async () => {
    const [mail] = (await addMails(1)) as [string]
    await at.rows.attempt(mail, { state: 'retrying', retryInMs: 600_000 })
    const before = (await at.platform.pool.query('SELECT dispatches FROM outbox WHERE id = $1', [mail])).rows[0].dispatches
    expect(await act(mail, 'retry')).toMatchObject({ status: 200, body: { done: 'retried', job: { state: 'waiting', tries: 1 } } })
    expect((await at.platform.pool.query('SELECT dispatches, leased FROM outbox WHERE id = $1', [mail])).rows[0]).toEqual({
      dispatches: before + 1,
      leased: false,
    })
    expect((await act(mail, 'retry')).status).toBe(409)
    expect(await lastAudited()).toEqual({ action: 'job.retry', subject_id: dlv(mail), reason: 'a test' })
  })

  test('is promoted: handed over before everything that waits in Redis', async () => {
    const queues = createQueues(at.platform.redis)
    const [first, second] = (await addMails(2)) as [string, string]
    await queues.add([{ queue: 'delivery-email', rows: [{ id: first, n: 1 }], delayMs: 0 }])
    expect(await act(second, 'promote')).toMatchObject({ status: 200, body: { done: 'promoted', job: { standsIn: 'redis' } } })
    expect(await lastAudited()).toEqual({ action: 'job.promote', subject_id: dlv(second), reason: 'a test' })
    const waiting = await at.platform.redis.lrange('sb:delivery-email:wait', 0, -1)
    const chunks = await Promise.all(waiting.map((id) => at.platform.redis.hget(`sb:delivery-email:${id}`, 'data')))
    // A worker takes from the end.
    expect(chunks.at(-1)).toContain(second)
    expect(chunks).toHaveLength(2)
    await at.platform.pool.query(
      "INSERT INTO queue_setting (name, paused_at, paused_by, paused_reason) VALUES ('delivery-email', now(), 'x', 'x')",
    )
    expect((await act(first, 'promote')).status).toBe(409)
    await queues.close()
    await at.platform.redis.flushdb()
  })

  test('is removed: cancelled with the reason, its event completed, the ledger right', async () => {
    const [waiting, delayed, sending] = (await addMails(3)) as [string, string, string]
    await at.rows.attempt(delayed, { state: 'retrying', retryInMs: 600_000 })
    await at.rows.open(sending)
    const remove = (id: string) => at.api.delete<JobActionResult>(`/queues/delivery-email/jobs/${dlv(id)}`, { reason: 'sent by mistake' })
    expect(await remove(waiting)).toMatchObject({ status: 200, body: { done: 'removed', job: null } })
    expect(await lastAudited()).toEqual({ action: 'job.remove', subject_id: dlv(waiting), reason: 'sent by mistake' })
    expect(await remove(delayed)).toMatchObject({ status: 200 })
    expect((await remove(sending)).status).toBe(409)
    expect(await stateOf(waiting)).toEqual({ state: 'cancelled', reason: 'removed by an operator: sent by mistake' })
    expect((await remove(waiting)).status).toBe(404)
    const endpoint = await at.rows.addEndpoint({ state: 'disabled' })
    const [held] = await at.rows.fanOut(await at.rows.accept({ type: 'held.event' }), [
      { channel: 'webhook', endpointId: endpoint, state: 'held' },
    ])
    expect((await at.api.delete(`/queues/delivery-webhook/jobs/${dlv(held!.deliveryId)}`, { reason: 'gone for good' })).status).toBe(200)
    expect((await stateOf(held!.deliveryId)).state).toBe('cancelled')
  })

  test('of the fan-out is removed with its whole event', async () => {
    const eventId = await at.rows.accept({ type: 'unwanted' })
    expect((await at.api.delete(`/queues/fan-out/jobs/${publicId('event', eventId)}`, { reason: 'not meant' })).status).toBe(200)
    const { rows: event } = await at.platform.pool.query('SELECT state, reason FROM event WHERE id = $1', [eventId])
    expect(event).toEqual([{ state: 'cancelled', reason: 'removed by an operator: not meant' }])
  })
})

describe('why is it not running?', () => {
  const why = async (id: string, queue = 'delivery-email') => (await at.api.get<WhyNotRunning>(`/queues/${queue}/jobs/${dlv(id)}/why`)).body
  const states = (answer: WhyNotRunning) => Object.fromEntries(answer.checks.map(({ id, state }) => [id, state]))
  const addWorker = () =>
    at.platform.pool.query(
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
    await at.api.post('/queues/delivery-email/pause', { reason: 'provider is down' })
    expect((await why(lastId)).sentence).toBe('The queue is paused by Test: provider is down. Nothing starts until it is resumed.')
    await at.api.post('/queues/delivery-email/resume', { reason: 'x' })
    await at.rows.attempt(lastId, { state: 'retrying', retryInMs: 300_000, error: 'greylisted' })
    expect(await why(lastId)).toMatchObject({
      sentence: expect.stringMatching(/^It tries again in [345] m \d\d s, after 1 attempt: greylisted\.$/),
    })
  })

  test('its endpoint is disabled; its lane is stopped', async () => {
    const endpoint = await at.rows.addEndpoint({ state: 'disabled' })
    const [held] = await at.rows.fanOut(await at.rows.accept({ type: 'held.event' }), [
      { channel: 'webhook', endpointId: endpoint, state: 'held' },
    ])
    expect(await why(held!.deliveryId, 'delivery-webhook')).toMatchObject({ startsInSeconds: null, help: [{ action: 'enable-endpoint' }] })
    await addWorker()
    const [mail] = (await addMails(1)) as [string]
    const { lane } = (await list('')).items[0]!
    expect((await at.api.put(`/queues/delivery-email/lanes/${lane}`, { limit: 0, reason: 'too loud' })).status).toBe(200)
    const stopped = await why(mail)
    expect(stopped.sentence).toContain('is stopped: Test set its limit to 0.')
    expect(stopped.help.map(({ action }) => action)).toEqual(['unlimit-lane', 'promote'])
    await at.api.delete(`/queues/delivery-email/lanes/${lane}`, { reason: 'x' })
  })
})
