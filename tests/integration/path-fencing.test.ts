// What happens when processes die, freeze or answer late: the protocol's harder rows, one by one.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createEventAcceptor, prepareEvent } from '#services/events/index.ts'
import { createLaneBudget } from '#services/outbox/index.ts'
import { newUuid } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
beforeAll(async () => {
  path = await openPath()
  await path.addWorkflow('mail-only', 'mail.out', [
    { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'S', text: 'T' } },
  ])
})
afterAll(() => path.close())
afterEach(async () => {
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
})

/** A process that was seen just now and is then declared dead. */
async function deadOwner(): Promise<string> {
  const id = randomUUID()
  await path.pool.query(
    "INSERT INTO process (id, name, roles, pid, host, version, ended_at) VALUES ($1, 'gone', '{}', 1, 'h', 'v', now())",
    [id],
  )
  return id
}

/** An event with one delivery whose attempt was opened by a process that is gone. */
async function interrupted(channel: 'webhook' | 'email'): Promise<{ eventId: string; deliveryId: string }> {
  const owner = await deadOwner()
  const type = channel === 'webhook' ? `cut.${newUuid().slice(-6)}` : 'mail.out'
  const endpoint = channel === 'webhook' ? await path.addEndpoint({ eventTypes: [type] }) : null
  // Scheduled far ahead, so that nothing here touches it before it is put into the state of interest.
  const eventId = await path.send({
    type,
    recipients: channel === 'email' ? [{ id: 'm', email: 'm@example.test' }] : [],
    data: {},
    scheduledAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const deliveryId = newUuid()
  const notificationId = channel === 'email' ? newUuid() : null
  const { workspaceId, pool } = path
  await pool.query('BEGIN; COMMIT')
  await pool.query(`DELETE FROM outbox WHERE id = '${eventId}'`)
  await pool.query("UPDATE event SET state = 'processing', fanned_out = true, open_deliveries = 1 WHERE id = $1", [eventId])
  if (notificationId) {
    await pool.query(
      `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, address, content)
       VALUES ($1, $2, $3, $4, 'm', 'mail-only', 1, 'mail', 'email', 'm@example.test', '{"subject":"S","text":"T"}')`,
      [workspaceId, notificationId, eventId, deliveryId],
    )
  }
  await pool.query(
    "INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, endpoint_id, recipient_id, state, version, tries) VALUES ($1, $2, $3, $4, $5, 's', $6, $7, 'sending', 1, 1)",
    [workspaceId, deliveryId, eventId, notificationId, channel, endpoint, channel === 'email' ? 'm' : ''],
  )
  await pool.query('INSERT INTO attempt (delivery_id, number, workspace_id) VALUES ($1, 1, $2)', [deliveryId, workspaceId])
  await pool.query(
    'INSERT INTO ledger_delta (workspace_id, day, events_scheduled, events_pending, deliveries_created, deliveries_pending) VALUES ($1, now()::date, -1, 1, 1, 1)',
    [workspaceId],
  )
  await pool.query(
    "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_owner, dispatches, starts) VALUES ($1, 'deliver', $2, $3, $4, now(), true, $5, 1, 1)",
    [deliveryId, workspaceId, `delivery-${channel}`, endpoint ?? workspaceId, owner],
  )
  return { eventId, deliveryId }
}

test('a webhook whose attempt was cut off by a death is sent again with the same id', async () => {
  const { eventId } = await interrupted('webhook')
  await path.ended(eventId)
  const [delivery] = await path.deliveries(eventId)
  expect(delivery).toMatchObject({ state: 'delivered', version: 2 })
  expect(path.sink.arrivals).toHaveLength(1)
  const { rows } = await path.pool.query('SELECT number, outcome FROM attempt WHERE delivery_id = $1 ORDER BY number', [delivery.id])
  expect(rows).toEqual([
    { number: 1, outcome: 'maybe-sent' },
    { number: 2, outcome: 'delivered' },
  ])
})

test('a mail whose attempt was cut off is not sent again: it is maybe-sent', async () => {
  const { eventId, deliveryId } = await interrupted('email')
  await path.ended(eventId)
  expect((await path.deliveries(eventId))[0]).toMatchObject({ state: 'maybe-sent', version: 1 })
  expect((await path.pool.query('SELECT count(*)::int AS n FROM caught_mail WHERE delivery_id = $1', [deliveryId])).rows[0].n).toBe(0)
  expect((await path.ledger()).deliveries.maybeSent).toBe(1)
})

test('a late yes of the last attempt turns maybe-sent into delivered, a late no changes nothing', async () => {
  const { createRecorder } = await import('#services/delivery/index.ts')
  const recorder = createRecorder({ hot: path.hot })
  const { eventId, deliveryId } = await interrupted('email')
  await path.ended(eventId)
  const result = {
    workspaceId: path.workspaceId,
    deliveryId,
    eventId,
    version: 1,
    statusCode: 250,
    durationMs: 5,
    retryInMs: null,
    reason: null,
    channel: 'email',
    tries: 1,
    lane: path.workspaceId,
    failure: null,
  } as const
  expect(await recorder.record({ ...result, state: 'retrying', retryInMs: 10, outcome: 'retry', errorCode: 'x', error: 'x' })).toBeNull()
  expect((await path.deliveries(eventId))[0].state).toBe('maybe-sent')
  expect(await recorder.record({ ...result, state: 'delivered', outcome: 'delivered', errorCode: null, error: null })).toBe('delivered')
  expect((await path.deliveries(eventId))[0].state).toBe('delivered')
})

test('a result is recorded once per version: a stale one is dropped', async () => {
  const { recordDeliveryResults } = await import('#services/delivery/index.ts')
  await path.addEndpoint({ eventTypes: ['slow.one'] })
  let letGo: (() => void) | undefined
  path.sink.answer = () => new Promise((resolve) => (letGo = () => resolve(200)))
  const eventId = await path.send({ type: 'slow.one', data: {} })
  await eventually(() => path.sink.arrivals.length === 1)
  const [delivery] = await path.deliveries(eventId)
  expect(delivery).toMatchObject({ state: 'sending', version: 1 })
  const stale = await recordDeliveryResults(path.hot, [
    {
      workspaceId: path.workspaceId,
      deliveryId: delivery.id,
      eventId,
      version: 0,
      state: 'dead',
      outcome: 'give-up',
      statusCode: null,
      errorCode: 'x',
      error: 'x',
      durationMs: 1,
      retryInMs: null,
      reason: null,
    },
  ])
  expect(stale.size).toBe(0)
  letGo!()
  await path.ended(eventId)
  expect((await path.deliveries(eventId))[0].state).toBe('delivered')
})

test('work that never has an effect becomes a pipeline fault, and its event dead', async () => {
  const eventId = await path.send({ type: 'nobody.listens', data: {}, scheduledAt: new Date(Date.now() + 86_400_000).toISOString() })
  // Five owners have died on it.
  await path.pool.query('UPDATE outbox SET due_at = now(), leased = true, lease_owner = $2, dispatches = 5, starts = 5 WHERE id = $1', [
    eventId,
    await deadOwner(),
  ])
  await path.ended(eventId, 'dead')
  const { rows } = await path.pool.query('SELECT kind, delivery_id, error_code FROM dead_letter WHERE event_id = $1', [eventId])
  expect(rows).toEqual([{ kind: 'pipeline-fault', delivery_id: null, error_code: 'poison' }])
  expect((await path.ledger()).events.dead).toBe(1)
  // Its replay runs the fan-out again.
  const { createReplays } = await import('#services/replays/index.ts')
  const { rows: letters } = await path.pool.query('SELECT id FROM dead_letter WHERE event_id = $1', [eventId])
  await createReplays({ pool: path.pool }).replayOne(path.workspaceId, letters[0].id, { kind: 'api-key', id: 'k', name: 'test' }, 'mended')
  await path.ended(eventId, 'unmatched')
  expect((await path.pool.query('SELECT outcome FROM dead_letter WHERE event_id = $1', [eventId])).rows[0].outcome).toBe('fixed')
})

test('a row leased to a living process that does not work on it is reclaimed', async () => {
  const eventId = await path.send({ type: 'nobody.listens', data: {}, scheduledAt: new Date(Date.now() + 86_400_000).toISOString() })
  await path.pool.query('UPDATE outbox SET due_at = now(), leased = true, lease_owner = $2, dispatches = 1, starts = 1 WHERE id = $1', [
    eventId,
    path.worker.owner,
  ])
  expect(await path.worker.handlers.held.reclaim(path.pool)).toBe(0)
  expect(await path.worker.handlers.held.reclaim(path.pool)).toBe(1)
  await path.ended(eventId, 'unmatched')
})

test('cancel while sending: what is being sent ends as its attempt ends, without a retry', async () => {
  const { cancelEvent } = await import('#services/events/index.ts')
  await path.addEndpoint({ eventTypes: ['cancel.me'] })
  let letGo: (() => void) | undefined
  path.sink.answer = () => new Promise((resolve) => (letGo = () => resolve(503)))
  const eventId = await path.send({ type: 'cancel.me', data: {} })
  await eventually(() => path.sink.arrivals.length === 1)
  await cancelEvent(path.pool, path.workspaceId, eventId)
  expect(await path.eventState(eventId)).toBe('cancelled')
  letGo!()
  await eventually(async () => (await path.deliveries(eventId))[0].state === 'cancelled')
  expect(path.sink.arrivals).toHaveLength(1)
})

test('the same Idempotency-Key is one event, also inside one group and across processes', async () => {
  const budget = createLaneBudget(path.redis)
  const other = createEventAcceptor({ hot: path.hot, queues: path.queues, budget, log: path.log })
  const key = { route: 'POST /events', key: `k-${newUuid()}`, requestHash: Buffer.from('same'), status: 202 }
  const request = (acceptor = path.acceptor, requestHash = key.requestHash) => {
    const event = prepareEvent(path.workspaceId, { type: 'idem.x', data: {} })
    return acceptor.accept({
      workspaceId: path.workspaceId,
      events: [event],
      idempotency: { ...key, requestHash, response: JSON.stringify({ id: event.id }) },
    })
  }
  const results = await Promise.allSettled([request(), request(), request(other), request(), request(other)])
  const kinds = results.map((result) => (result.status === 'fulfilled' ? result.value.kind : (result.reason as { code: string }).code))
  expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(1)
  expect(kinds.every((kind) => ['accepted', 'replayed', 'idempotency-in-flight'].includes(kind))).toBe(true)
  expect((await path.pool.query("SELECT count(*)::int AS n FROM event WHERE type = 'idem.x'")).rows[0].n).toBe(1)
  await expect(request(path.acceptor, Buffer.from('another'))).rejects.toMatchObject({ code: 'idempotency-mismatch' })
  budget.close()
})

test('a bad row never fails its neighbours', async () => {
  const good = prepareEvent(path.workspaceId, { type: 'group.x', data: {} })
  // Past the door's checks, as a defect would: Postgres refuses this time.
  const bad = { ...prepareEvent(path.workspaceId, { type: 'group.x', data: {} }), expiresAt: 'not a time' }
  const results = await Promise.allSettled([
    path.acceptor.accept({ workspaceId: path.workspaceId, events: [good] }),
    path.acceptor.accept({ workspaceId: path.workspaceId, events: [bad] }),
    path.acceptor.accept({ workspaceId: path.workspaceId, events: [prepareEvent(path.workspaceId, { type: 'group.x', data: {} })] }),
  ])
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
