// The levers of a queue, pulled while the whole path runs: concurrency, rate, limits of lanes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLaneTally, createLanes, createQueueDesk, type Lanes, type QueueDesk } from '#services/queues/index.ts'
import { readServedPerSecond } from '#services/queues/lane-tally.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { publicId } from '#shared/ids.ts'
import { queues as definitions } from '#shared/jobs/queues.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
let desk: QueueDesk
let lanes: Lanes
const actor: Actor = { kind: 'operator', id: 'opr_1', name: 'Ada' }

beforeAll(async () => {
  path = await openPath()
  desk = createQueueDesk({ pool: path.pool, redis: path.redis, shared: { read: async () => [] } })
  lanes = createLanes(path)
})
afterEach(async () => {
  path.sink.answer = () => 200
  await path.pool.query('DELETE FROM queue_setting')
  await path.pool.query('DELETE FROM lane_limit')
  await eventually(async () => (await path.pool.query("SELECT 1 FROM outbox WHERE kind NOT IN ('ballast', 'index')")).rows.length === 0)
  path.sink.arrivals.length = 0
  expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
})
afterAll(async () => {
  await desk.close()
  await path.close()
})

const change = (patch: object) => desk.adjust(path.workspaceId, 'delivery-webhook', actor, { reason: 'a test', ...patch })

/** Counts calls that are on their way at the same time. */
function countCalls(ms: number) {
  const calls = { now: 0, most: 0 }
  path.sink.answer = async () => {
    calls.most = Math.max(calls.most, ++calls.now)
    await new Promise((resolve) => setTimeout(resolve, ms))
    calls.now--
    return 200
  }
  return calls
}

describe('concurrency', () => {
  test('holds for what is sent from now on, is taken over without a restart, and taken back', async () => {
    const before = await desk.get('delivery-webhook')
    expect(before).toMatchObject({ concurrency: definitions['delivery-webhook'].concurrency, concurrencySetting: null, workers: 1 })
    expect(await change({ concurrency: 3 })).toMatchObject({ concurrencySetting: 3, changedBy: 'Ada', changedReason: 'a test' })
    // The answer waits for the workers, but not for ever.
    await eventually(async () => (await desk.get('delivery-webhook')).concurrency === 3)

    await path.addEndpoint({ eventTypes: ['slots.hook'] })
    const calls = countCalls(200)
    const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => path.send({ type: 'slots.hook', data: { i } })))
    for (const id of ids) await path.ended(id)
    expect(calls.most).toBeGreaterThan(1)
    expect(calls.most).toBeLessThanOrEqual(3)

    expect(await change({ concurrency: null })).toMatchObject({ concurrencySetting: null })
    await eventually(async () => (await desk.get('delivery-webhook')).concurrency === before.concurrency)
  })

  test('is shared by workers: a second one takes its part, and gives it back when it goes', async () => {
    await change({ concurrency: 5 })
    const second = await path.startWorker(['delivery-webhook'])
    const shares = async () =>
      (
        await path.pool.query(
          "SELECT (concurrency ->> 'delivery-webhook')::int AS share FROM process WHERE ended_at IS NULL ORDER BY started_at",
        )
      ).rows.map((row) => row.share)
    await eventually(async () => expect(await shares()).toEqual([3, 2]))
    await second.stop()
    await eventually(async () => expect(await shares()).toEqual([5]))
  })

  test('of more than the live workers can be given is refused', async () => {
    await expect(change({ concurrency: 99_999 })).rejects.toMatchObject({ code: 'invalid' })
  })

  test('leaves one entry with before and after; setting the same again leaves none', async () => {
    const { rows: before } = await path.pool.query('SELECT coalesce(max(id), 0) AS id FROM audit_entry')
    await change({ concurrency: 7, ratePerSecond: 500 })
    await change({ concurrency: 7 })
    const { rows } = await path.pool.query('SELECT action, actor_name, subject_id, reason, details FROM audit_entry WHERE id > $1', [
      before[0].id,
    ])
    expect(rows).toEqual([
      {
        action: 'queue.change',
        actor_name: 'Ada',
        subject_id: 'delivery-webhook',
        reason: 'a test',
        details: { before: { concurrency: null, ratePerSecond: null }, after: { concurrency: 7, ratePerSecond: 500 }, recalled: 0 },
      },
    ])
  })
})

describe('rate', () => {
  test('bounds what goes out, for events that come now as for those that wait, and nothing is lost when it is lifted', async () => {
    await change({ ratePerSecond: 10 })
    await path.heard('delivery-webhook ~')
    await path.addEndpoint({ eventTypes: ['rated.hook'] })
    const startedAt = performance.now()
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => path.send({ type: 'rated.hook', data: { i } })))
    await eventually(() => path.sink.arrivals.length >= 15)
    const seconds = (performance.now() - startedAt) / 1_000
    expect(path.sink.arrivals.length).toBeLessThanOrEqual(10 * (seconds + 1) + 1)
    expect(path.sink.arrivals.length).toBeLessThan(200)
    await change({ ratePerSecond: null })
    for (const id of ids) await path.ended(id)
    expect(new Set(path.sink.arrivals.map((arrival) => arrival.id)).size).toBe(200)
  })

  test('lets a small lane through beside one with a backlog', async () => {
    await change({ ratePerSecond: 20 })
    await path.heard('delivery-webhook ~')
    await path.addEndpoint({ eventTypes: ['big.lane'], path: '/big' })
    await path.addEndpoint({ eventTypes: ['small.lane'], path: '/small' })
    const big = await Promise.all(Array.from({ length: 80 }, (_, i) => path.send({ type: 'big.lane', data: { i } })))
    const small = await path.send({ type: 'small.lane', data: {} })
    await path.ended(small)
    // How many of the others came before it, however late we look.
    expect(path.sink.arrivals.findIndex((arrival) => arrival.body.type === 'small.lane')).toBeLessThan(60)
    await change({ ratePerSecond: null })
    for (const id of big) await path.ended(id)
  })
})

describe('lanes', () => {
  const limit = (lane: string, rows: number) =>
    lanes.limit(path.workspaceId, 'delivery-webhook', lane, actor, { limit: rows, reason: 'too loud' })
  const list = async (onlooker = { workspaceId: path.workspaceId, instance: true, opens: [] as string[] }) =>
    (await lanes.list(onlooker, 'delivery-webhook', { limit: 50 })).items

  test('of which one is limited have no more than that on their way, and the others all of theirs', async () => {
    const loud = await path.addEndpoint({ eventTypes: ['loud.hook'], path: '/loud' })
    await path.addEndpoint({ eventTypes: ['calm.hook'], path: '/calm' })
    expect(await limit(publicId('endpoint', loud), 2)).toMatchObject({
      limit: 2,
      limitedBy: 'Ada',
      limitedReason: 'too loud',
      share: 1_000,
    })
    await path.heard(`delivery-webhook ~${loud}`)
    const calls = countCalls(200)
    const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => path.send({ type: 'loud.hook', data: { i } })))
    for (const id of ids) await path.ended(id)
    expect(calls.most).toBeLessThanOrEqual(2)
    calls.most = 0
    const calm = await Promise.all(Array.from({ length: 12 }, (_, i) => path.send({ type: 'calm.hook', data: { i } })))
    for (const id of calm) await path.ended(id)
    expect(calls.most).toBeGreaterThan(2)
  })

  test('with a limit of 0 stay in Postgres until it is taken back; the worst lane stands first', async () => {
    const stopped = await path.addEndpoint({ eventTypes: ['stopped.hook'] })
    const lane = publicId('endpoint', stopped)
    await limit(lane, 0)
    await path.heard(`delivery-webhook ~${stopped}`)
    const ids = await Promise.all(Array.from({ length: 5 }, () => path.send({ type: 'stopped.hook', data: {} })))
    await eventually(async () => expect((await list())[0]).toMatchObject({ lane, waiting: 5, inRedis: 0, active: 0, limit: 0 }))
    await eventually(async () => expect((await list())[0]!.oldestAgeMs).toBeGreaterThan(500))
    expect(path.sink.arrivals).toHaveLength(0)
    expect(await lanes.unlimit(path.workspaceId, 'delivery-webhook', lane, actor, 'quiet again')).toMatchObject({ limit: null })
    for (const id of ids) await path.ended(id)
    const { rows } = await path.pool.query(
      "SELECT action, reason, details FROM audit_entry WHERE subject_kind = 'lane' ORDER BY id DESC LIMIT 1",
    )
    expect(rows[0]).toMatchObject({ action: 'lane.unlimit', reason: 'quiet again', details: { before: 0, after: null } })
  })

  test('are shown to those whose they are; an operator of the instance sees all', async () => {
    const other = await path.addWorkspace()
    const endpoint = await path.addEndpoint({ eventTypes: ['mine.only'] })
    await limit(publicId('endpoint', endpoint), 9)
    expect((await list()).map(({ lane }) => lane)).toContain(publicId('endpoint', endpoint))
    expect(await list({ workspaceId: other.workspaceId, instance: false, opens: [] })).toEqual([])
    await expect(limit('end_00000000000000000000000000000000', 1)).rejects.toMatchObject({ code: 'not-found' })
    await lanes.unlimit(path.workspaceId, 'delivery-webhook', publicId('endpoint', endpoint), actor, 'x')
  })

  test('say what they were served', async () => {
    const endpoint = await path.addEndpoint({ eventTypes: ['served.hook'] })
    const tally = createLaneTally(path.redis)
    tally.add('delivery-webhook', endpoint, 40)
    await tally.close()
    expect((await readServedPerSecond(path.redis, 'delivery-webhook', Date.now() + 10_000))!.get(endpoint)).toBe(2)
    expect((await readServedPerSecond(path.redis, 'delivery-webhook', Date.now() + 90_000))!.size).toBe(0)
  })
})
