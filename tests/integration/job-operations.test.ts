// What an operator does to many jobs at once: by a filter, or those that are marked. Over the path's own rows.
import { afterEach, describe, expect, test } from 'vitest'
import { createQueues } from '#platform/queue/index.ts'
import { createHeldRows } from '#services/outbox/index.ts'
import { createJobOperationRunner } from '#services/queues/index.ts'
import type { JobBulkPreview, JobOperationView } from '#shared/contracts/job.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { dlv, useQueuedJobs } from '../support/queued-jobs.ts'

const at = useQueuedJobs()
const { addMails, list, stateOf } = at

describe('many jobs', () => {
  const bulk = (path: string, body: object) => at.api.post<any>(`/queues/delivery-email/job-operations${path}`, body)
  const remove = { action: 'remove', filter: { state: 'waiting', q: 'parser' } }

  function worker(queues = createQueues(at.platform.redis)) {
    const owner = newUuid()
    const runner = createJobOperationRunner({
      owner,
      pool: at.platform.pool,
      lazy: at.platform.lazy,
      queues,
      log: at.platform.log,
      held: createHeldRows(owner),
    })
    return async () => {
      const { rows: due } = await at.platform.pool.query(
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
    const { body } = await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(body).toMatchObject({ state: 'completed', done: 12, skipped: 0 })
    for (const id of [...spared, ...late]) expect((await stateOf(id)).state).toBe('pending')
    const { rows: audit } = await at.platform.pool.query('SELECT action, reason, details FROM audit_entry ORDER BY id DESC LIMIT 1')
    expect(audit).toMatchObject([{ action: 'job.bulk-remove', reason: 'wrong template', details: { total: 12, queue: 'delivery-email' } }])
    expect((await at.api.get<any>('/queues/delivery-email/job-operations')).body.items).toHaveLength(1)
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
    const { body: first } = await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(first.done).toBe(0)
    for (const job of half.slice(0, 4)) await at.api.delete(`/queues/delivery-email/jobs/${job.id}`, { reason: 'by hand' })
    await worker()()
    await worker()()
    const { body } = await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.body.id}`)
    expect(body).toMatchObject({ state: 'completed', total: 20, done: 16, skipped: 4 })
  })

  test('that are delayed are made due together; an operation is aborted', async () => {
    const mails = await addMails(4)
    for (const id of mails) await at.rows.attempt(id, { state: 'retrying', retryInMs: 600_000 })
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
  const bulk = (path: string, body: object, client = at.api) => client.post<any>(`/queues/delivery-email/job-operations${path}`, body)
  const due = async () =>
    (
      await at.platform.pool.query(
        "UPDATE outbox SET leased = true, lease_until = now() + interval '1 minute', dispatches = dispatches + 1 WHERE kind = 'bulk' AND NOT leased RETURNING id, dispatches AS n",
      )
    ).rows
  async function work(queues = createQueues(at.platform.redis)): Promise<void> {
    const owner = newUuid()
    const { pool, lazy, log } = at.platform
    await createJobOperationRunner({ owner, pool, lazy, queues, log, held: createHeldRows(owner) }).handle(await due())
    await queues.close()
  }
  const chunksWaiting = async () =>
    Promise.all(
      (await at.platform.redis.lrange('sb:delivery-email:wait', 0, -1)).map(
        async (id) => JSON.parse((await at.platform.redis.hget(`sb:delivery-email:${id}`, 'data'))!) as { rows: [string, number][] },
      ),
    )
  afterEach(() => at.platform.redis.flushdb())

  test('are removed, and only they; those that have moved on are skipped', async () => {
    const [a, b, c, d] = (await addMails(4)) as [string, string, string, string]
    await at.rows.open(d)
    const filter = { state: 'waiting', ids: [a, b, d].map(dlv) }
    expect((await bulk('/preview', { action: 'remove', filter })).body.total).toBe(2)
    expect((await bulk('', { action: 'remove', filter, reason: 'these two', confirmCount: 3 })).status).toBe(409)
    const { body: started } = await bulk('', { action: 'remove', filter, reason: 'these two', confirmCount: 2 })
    await work()
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
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
    const queues = createQueues(at.platform.redis)
    const mails = await addMails(30)
    const [front, ...others] = mails.toSorted()
    await queues.add([{ queue: 'delivery-email', rows: [{ id: front!, n: 9 }], delayMs: 0 }])
    const chosen = others.slice(0, 25)
    const filter = { state: 'waiting', ids: chosen.map(dlv) }
    expect((await bulk('/preview', { action: 'promote', filter })).body).toMatchObject({ total: 25 })
    const { body: started } = await bulk('', { action: 'promote', filter, reason: 'the board waits', confirmCount: 25 })
    await work(queues)
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'completed',
      done: 25,
    })
    // A worker takes from the end.
    const waiting = (await chunksWaiting()).reverse().map((chunk) => chunk.rows.map(([id]) => id))
    expect(waiting).toEqual([chosen.slice(0, 20), chosen.slice(20), [front]])
    const { rows: audit } = await at.platform.pool.query('SELECT action, reason FROM audit_entry ORDER BY id DESC LIMIT 1')
    expect(audit).toEqual([{ action: 'job.bulk-promote', reason: 'the board waits' }])
    const [late] = (await addMails(1)) as [string]
    await at.rows.attempt(late, { state: 'retrying', retryInMs: 600_000 })
    const { body: second } = await bulk('', { action: 'promote', filter: { state: 'delayed' }, reason: 'now', confirmCount: 1 })
    await work()
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${second.id}`)).body).toMatchObject({ done: 1 })
    expect((await list(`q=${dlv(late)}`)).items).toMatchObject([{ state: 'waiting', standsIn: 'redis' }])
  })

  test('are not promoted by a guest of the instance, past a pause, nor by the hundred thousand', async () => {
    const mails = await addMails(2)
    const filter = { state: 'waiting', ids: mails.map(dlv) }
    expect((await bulk('/preview', { action: 'promote', filter }, at.stranger)).status).toBe(403)
    expect((await bulk('', { action: 'promote', filter, reason: 'x', confirmCount: 2 }, at.stranger)).status).toBe(403)
    expect((await bulk('/preview', { action: 'promote', filter: { state: 'held' } })).status).toBe(422)
    const { body: started } = await bulk('', { action: 'promote', filter, reason: 'x', confirmCount: 2 })
    await at.api.post('/queues/delivery-email/pause', { reason: 'provider is down' })
    expect((await bulk('/preview', { action: 'promote', filter })).status).toBe(409)
    await work()
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'stopped',
      stopReason: 'the queue was paused',
      done: 0,
      skipped: 2,
    })
    await at.api.post('/queues/delivery-email/resume', { reason: 'x' })
    // More than may stand in Redis past their share. Rows of nothing, gone before the reconciler looks.
    await at.platform.pool.query(
      "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'deliver', $1, 'delivery-in-app', $1, now(), false FROM generate_series(1, 10001) n",
      [at.platform.workspaceId],
    )
    const many = { action: 'promote', filter: { state: 'waiting' } }
    const { body: preview } = await at.api.post<any>('/queues/delivery-in-app/job-operations/preview', many)
    const refused = await at.api.post<any>('/queues/delivery-in-app/job-operations', { ...many, reason: 'x', confirmCount: preview.total })
    expect([refused.status, preview.total]).toEqual([422, 10_001])
    await at.platform.pool.query("DELETE FROM outbox WHERE queue = 'delivery-in-app'")
  })

  test('stay as they were when Redis does not take them', async () => {
    const [mail] = (await addMails(1)) as [string]
    const { body: started } = await bulk('', { action: 'promote', filter: { state: 'waiting' }, reason: 'x', confirmCount: 1 })
    const queues = createQueues(at.platform.redis)
    await work({ ...queues, available: false, add: () => Promise.reject(new Error('Redis is away')), close: () => queues.close() })
    expect((await list(`q=${dlv(mail)}`)).items).toMatchObject([{ state: 'waiting', standsIn: 'postgres' }])
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'running',
      done: 0,
    })
    await work()
    expect((await at.api.get<JobOperationView>(`/queues/delivery-email/job-operations/${started.id}`)).body).toMatchObject({
      state: 'completed',
      done: 1,
    })
  })
})
