// What waits on purpose: quiet hours, paused queues, endpoints that are disabled; and who is refused at boot.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { refuseEvictingRedis } from '#platform/redis/index.ts'
import { disableFailingEndpoints } from '#services/delivery/index.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
beforeAll(async () => {
  path = await openPath({ retrySchedule: '3600' })
})
afterAll(() => path.close())
afterEach(async () => {
  path.sink.answer = () => 200
  path.sink.arrivals.length = 0
  expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
})

test('five days of failure disable an endpoint; what waits for it is held, and goes out when it is enabled', async () => {
  const endpoint = await path.addEndpoint({ eventTypes: ['five.days'] })
  path.sink.answer = () => 500
  const id = await path.send({ type: 'five.days', data: {} })
  await eventually(async () => (await path.deliveries(id))[0]?.state === 'retrying')
  await eventually(
    async () => (await path.pool.query('SELECT failing_since FROM endpoint WHERE id = $1', [endpoint])).rows[0].failing_since !== null,
  )
  expect(await disableFailingEndpoints(path.pool, path.log)).toBe(0)
  await path.pool.query("UPDATE endpoint SET failing_since = now() - interval '5 days 1 minute' WHERE id = $1", [endpoint])
  // The relay looks for such ones too: whoever sees it first.
  await disableFailingEndpoints(path.pool, path.log)
  expect((await path.pool.query('SELECT state, disabled_reason FROM endpoint WHERE id = $1', [endpoint])).rows[0]).toEqual({
    state: 'disabled',
    disabled_reason: 'failing',
  })
  expect((await path.deliveries(id))[0]).toMatchObject({ state: 'held' })
  expect((await path.ledger()).deliveries).toMatchObject({ held: 1, pending: 0, unaccounted: 0 })

  path.sink.answer = () => 200
  await path.pool.query("UPDATE endpoint SET state = 'enabled', failing_since = NULL, disabled_at = NULL WHERE id = $1", [endpoint])
  await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  await path.ended(id)
  expect((await path.ledger()).deliveries).toMatchObject({ held: 0, delivered: 1 })
})

test('deliveries held for an endpoint that is deleted are cancelled, not kept for ever', async () => {
  const endpoint = await path.addEndpoint({ eventTypes: ['held.then.deleted'] })
  await path.pool.query("UPDATE endpoint SET state = 'disabled' WHERE id = $1", [endpoint])
  await path.pool.query('UPDATE workspace SET config_revision = config_revision + 1')
  const id = await path.send({ type: 'held.then.deleted', data: {} })
  await eventually(async () => (await path.deliveries(id))[0]?.state === 'held')
  await path.pool.query('UPDATE endpoint SET deleted_at = now() WHERE id = $1', [endpoint])
  await path.ended(id)
  expect((await path.deliveries(id))[0]).toMatchObject({ state: 'cancelled', reason: 'endpoint deleted' })
})

test('a paused queue gets nothing dispatched, and goes on where it stood', async () => {
  await path.addEndpoint({ eventTypes: ['paused.hook'] })
  await path.pool.query(
    "INSERT INTO queue_setting (name, paused_at, paused_by, paused_reason) VALUES ('delivery-webhook', now(), 'test', 'test')",
  )
  await path.pool.query("SELECT pg_notify('outbox', '')")
  await path.heard('delivery-webhook *')
  const id = await path.send({ type: 'paused.hook', data: {} })
  await eventually(async () => (await path.deliveries(id))[0]?.state === 'pending')
  // Another one, by another queue, has gone all the way meanwhile.
  await path.ended(await path.send({ type: 'nobody.listens', data: {} }), 'unmatched')
  expect((await path.deliveries(id))[0]).toMatchObject({ state: 'pending', version: 0 })
  expect(path.sink.arrivals).toHaveLength(0)
  await path.pool.query("DELETE FROM queue_setting WHERE name = 'delivery-webhook'")
  await path.pool.query("SELECT pg_notify('outbox', '')")
  await path.ended(id)
  expect(path.sink.arrivals).toHaveLength(1)
})

test('quiet hours defer a mail, never drop it; a critical workflow passes', async () => {
  const step = { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'S', text: 'T' } }
  await path.addWorkflow('normal', 'quiet.event', [step])
  await path.addWorkflow('urgent', 'quiet.event', [step], { critical: true })
  await path.pool.query("INSERT INTO recipient (workspace_id, id, email, time_zone) VALUES ($1, 'sleeper', 's@example.test', 'UTC')", [
    path.workspaceId,
  ])
  const hour = (offset: number): string => `${String((new Date().getUTCHours() + offset + 24) % 24).padStart(2, '0')}:00`
  await path.pool.query("INSERT INTO preference (workspace_id, recipient_id, document) VALUES ($1, 'sleeper', $2)", [
    path.workspaceId,
    JSON.stringify({ quietHours: { from: hour(-1), to: hour(2) } }),
  ])
  const id = await path.send({ type: 'quiet.event', recipients: ['sleeper'], data: {} })
  await eventually(
    async () =>
      (await path.pool.query("SELECT state FROM delivery WHERE event_id = $1 AND source = 'urgent/mail'", [id])).rows[0]?.state ===
      'delivered',
  )
  const { rows } = await path.pool.query(
    "SELECT state, reason, next_attempt_at > now() AS later FROM delivery WHERE event_id = $1 AND source = 'normal/mail'",
    [id],
  )
  expect(rows[0]).toEqual({ state: 'pending', reason: 'quiet hours', later: true })
})

test('a Redis that may evict is refused', async () => {
  await expect(refuseEvictingRedis(path.redis)).resolves.toBeUndefined()
  const evicting = { status: 'ready', info: () => Promise.resolve('# Memory\r\nmaxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n') }
  await expect(refuseEvictingRedis(evicting as never)).rejects.toThrow('noeviction')
})
