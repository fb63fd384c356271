// The live picture under real traffic: what the collector joins, how it is handed over, and what pages that come back are told.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBlockingRedis, createRedis } from '#platform/redis/index.ts'
import { reportCounters, type CountersReporter } from '#platform/telemetry/report-counters.ts'
import { createLiveHub, startCollector, type Collector, type LiveHub } from '#services/live/index.ts'
import type { Hint } from '#shared/contracts/live.ts'
import { readQueueRows } from '#services/queues/index.ts'
import { eventually } from '../support/eventually.ts'
import { openLiveTab, type LiveTab } from '../support/live-tab.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
let hub: LiveHub
let reporter: CountersReporter
const collectors: Collector[] = []
const tabs: LiveTab[] = []

beforeAll(async () => {
  path = await openPath()
  await path.addWorkflow('welcome', 'user.joined', [
    { id: 'mail', type: 'channel', channel: 'email', template: { subject: 'Hello {{ data.name }}', text: 'Hi {{ recipient.id }}' } },
    { id: 'bell', type: 'channel', channel: 'in-app', template: { title: 'Welcome {{ data.name }}', body: 'Hi' } },
  ])
  hub = createLiveHub({
    redis: path.redis,
    openSubscriber: () => createBlockingRedis({ url: path.config.REDIS_URL!, name: 'live', log: path.log }),
  })
  reporter = reportCounters({
    redis: path.redis,
    counters: path.counters,
    id: path.worker.owner,
    name: 'test-worker',
    roles: ['fan-out', 'delivery'],
    busy: () => ({ 'fan-out': 0 }),
  })
})
afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.stop()
  for (const collector of collectors.splice(0)) await collector.close()
})
afterAll(async () => {
  hub.close()
  await reporter.close()
  await path.close()
})

function collect(): Collector {
  const collector = startCollector({ pool: path.pool, url: path.config.DATABASE_URL!, redis: path.redis, log: path.log })
  collectors.push(collector)
  return collector
}

function open(after: number | null = null): LiveTab {
  const tab = openLiveTab(hub, path.workspaceId, after)
  tabs.push(tab)
  return tab
}

describe('a snapshot', () => {
  test('says what really passed: accepted, delivered, attempts, errors, letters', async () => {
    await path.addEndpoint({ eventTypes: ['user.joined'] })
    path.sink.answer = () => (path.sink.arrivals.length % 2 === 0 ? 400 : 200)
    collect()
    const tab = open()
    await eventually(() => tab.snapshots.length > 1)
    const ids: string[] = []
    for (let i = 0; i < 20; i++)
      ids.push(await path.send({ type: 'user.joined', recipients: [{ id: `u${i}`, email: `u${i}@example.test` }], data: { name: 'Ada' } }))
    for (const id of ids) await path.ended(id)
    const letters = Number((await path.pool.query("SELECT count(*)::int AS n FROM dead_letter WHERE state = 'open'")).rows[0].n)
    expect(letters).toBeGreaterThan(0)
    const snapshot = await eventually(() => {
      const last = tab.snapshots.at(-1)!
      return (
        last.workspace.ledger.deliveries.delivered === 60 - letters &&
        last.workspace.openLetters === letters &&
        last.workers.length > 0 &&
        last
      )
    })
    expect(snapshot.workspace).toMatchObject({
      id: path.workspaceId,
      ledger: { events: { accepted: 20, completed: 20, unaccounted: 0 }, deliveries: { created: 60, dead: letters, unaccounted: 0 } },
    })
    expect(snapshot.workspace.causes).toMatchObject([{ open: letters, channels: ['webhook'] }])
    // What passed within the window, whole: rates times seconds.
    const seen = (id: string, of: 'ratePerSecond' | 'errorsPerSecond'): number =>
      Math.max(...tab.snapshots.map((each) => each.measures[id]?.[of] ?? 0))
    // Processes report once a second: a snapshot may know the ledger before it knows the traffic.
    await eventually(() => {
      expect(seen('provider.webhook', 'ratePerSecond')).toBeGreaterThan(0)
      expect(seen('provider.in-app', 'ratePerSecond')).toBeGreaterThan(0)
      expect(seen('queue.fan-out.serve', 'ratePerSecond')).toBeGreaterThan(0)
      expect(seen('provider.webhook', 'errorsPerSecond')).toBeGreaterThan(0)
      expect(seen('letters.webhook', 'ratePerSecond')).toBeGreaterThan(0)
      return true
    })
    expect(seen('provider.webhook', 'errorsPerSecond')).toBeLessThanOrEqual(seen('provider.webhook', 'ratePerSecond'))
    expect(snapshot.queues.map((queue) => queue.name)).toContain('delivery-email')
    expect(snapshot.workers).toMatchObject([{ name: 'test-worker', busy: { 'fan-out': 0 } }])
    expect(tab.frames.filter((frame) => frame.event === 'dead-letter').length).toBeGreaterThan(0)
    // Nothing moves any more: known zeros, not missing ones.
    await eventually(
      () =>
        tab.snapshots.at(-1)!.measures['provider.webhook']!.ratePerSecond === 0 &&
        tab.snapshots.at(-1)!.measures['provider.webhook']!.p50Ms === null,
    )
  })

  test('leaves out what nobody reports any more', async () => {
    collect()
    const tab = open()
    const own = reportCounters({
      redis: path.redis,
      counters: path.counters,
      id: 'b0a7e5e0-0000-7000-8000-000000000001',
      name: 'api-9',
      roles: ['api'],
    })
    path.counters.place('api.api-9').add(1)
    await eventually(() => tab.snapshots.at(-1)?.measures['api.api-9'] !== undefined)
    await own.close()
    await eventually(
      () =>
        (path.counters.places() as Map<string, unknown>).delete('api.api-9') || tab.snapshots.at(-1)!.measures['api.api-9'] === undefined,
    )
  })
})

describe('collectors', () => {
  test('take turns: when the leader is gone another one goes on, with the next number', async () => {
    const first = collect()
    await eventually(() => first.leading)
    const second = collect()
    const tab = open()
    await eventually(() => tab.snapshots.length >= 2)
    expect(second.leading).toBe(false)
    const last = tab.snapshots.at(-1)!.sequence
    // Its session ends, as it does when its process dies.
    const killedAt = performance.now()
    collectors.splice(collectors.indexOf(first), 1)
    await first.close()
    const next = await eventually(
      () =>
        tab.snapshots.find((snapshot) => snapshot.sequence > last + 1) ??
        (second.leading && tab.snapshots.find((snapshot) => snapshot.sequence > last)),
    )
    console.log(`another collector went on after ${(performance.now() - killedAt).toFixed(0)} ms`)
    expect(next.sequence).toBeGreaterThan(last)
    const numbers = tab.snapshots.map((snapshot) => snapshot.sequence)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  test('whose session dies lose the lead, and somebody goes on', async () => {
    collect()
    collect()
    const tab = open()
    await eventually(() => tab.snapshots.length >= 2)
    const { rows } = await path.pool.query(
      `SELECT pg_terminate_backend(l.pid) AS ended FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'signalbox-collector' AND a.datname = current_database()`,
    )
    expect(rows).toEqual([{ ended: true }])
    const last = tab.snapshots.at(-1)!.sequence
    // The one that was being made may still come.
    await eventually(() => tab.snapshots.some((snapshot) => snapshot.sequence > last + 1))
    await eventually(() => collectors.filter((collector) => collector.leading).length === 1)
  })
})

describe('a long backlog', () => {
  test('costs a look no more than counting to its limit, and its age is exact', async () => {
    const lane = '0192f3a0-0000-7000-8000-000000000001'
    await path.relay!.stop()
    await path.pool.query(
      `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased)
       SELECT gen_random_uuid(), 'stand-in', $1, 'replay', $1, now() - interval '90 seconds' + make_interval(secs => i / 10000.0), false FROM generate_series(1, 150000) i`,
      [lane],
    )
    await path.pool.query('VACUUM ANALYZE outbox')
    try {
      const ageMs = async (): Promise<number> =>
        Number(
          (
            await path.pool.query(
              "SELECT extract(epoch FROM clock_timestamp() - min(due_at)) * 1000 AS ms FROM outbox WHERE kind = 'stand-in'",
            )
          ).rows[0].ms,
        )
      const before = await ageMs()
      const [row] = await readQueueRows(path.pool, ['replay'])
      expect(row!.waiting).toBe(100_000)
      expect(row!.waitingAgeMs).toBeGreaterThanOrEqual(Math.floor(before))
      expect(row!.waitingAgeMs).toBeLessThanOrEqual(Math.ceil(await ageMs()))
    } finally {
      await path.pool.query("DELETE FROM outbox WHERE kind = 'stand-in'")
    }
  })
})

describe('a page', () => {
  test('hears what changed, and after a break what it missed', async () => {
    collect()
    const first = open()
    const other = open()
    await eventually(() => first.snapshots.length >= 2)
    const seen = first.snapshots.at(-1)!.sequence
    await first.stop()
    await path.pool.query(
      "INSERT INTO queue_setting (name, paused_at) VALUES ('replay', now()) ON CONFLICT (name) DO UPDATE SET paused_at = now()",
    )
    await eventually(() => other.frames.find((frame) => frame.event === 'queue' && (frame.data as Hint).ids.includes('replay')))
    const again = open(seen)
    expect(await eventually(() => again.frames.find((frame) => frame.event === 'queue'))).toEqual({
      event: 'queue',
      id: null,
      data: { ids: ['replay'], all: false },
    })
    // Too long ago to tell one by one.
    const late = open(1_000_000)
    await eventually(() => late.frames.find((frame) => frame.event === 'dead-letter'))
    expect(late.frames.find((frame) => frame.event === 'dead-letter')!.data).toEqual({ ids: [], all: true })
    await path.pool.query('DELETE FROM queue_setting')
  })

  test('is told to read everything again when another collector takes over: nobody looked in between', async () => {
    const first = collect()
    const tab = open()
    await eventually(() => tab.snapshots.length >= 2)
    collectors.splice(collectors.indexOf(first), 1)
    await first.close()
    const before = tab.frames.length
    collect()
    const told = await eventually(() => tab.frames.slice(before).find((frame) => frame.event === 'dead-letter'))
    expect(told.data).toEqual({ ids: [], all: true })
  })

  test('is told how old its picture is while nobody collects', async () => {
    const collector = collect()
    const tab = open()
    await eventually(() => tab.snapshots.length > 0)
    collectors.splice(collectors.indexOf(collector), 1)
    await collector.close()
    const stale = await eventually(() => tab.frames.filter((frame) => frame.event === 'stale').at(1))
    expect(stale.data).toMatchObject({ reason: 'no-collector' })
    expect((stale.data as { ageMs: number }).ageMs).toBeGreaterThan(3_000)
    collect()
    await eventually(() => tab.frames.at(-1)!.event === 'snapshot')
  })

  test('that reads slowly gets the newest snapshot next, not those it missed', async () => {
    collect()
    const quick = open()
    const ended = new AbortController()
    const slow = hub.follow(path.workspaceId, null, ended.signal)
    const sequenceOf = (frame: IteratorResult<Buffer | string, void>): number => Number(/^id: (\d+)$/m.exec(String(frame.value))?.[1])
    const next = async (): Promise<number> => {
      for (;;) {
        const sequence = sequenceOf(await slow.next())
        if (sequence > 0) return sequence
      }
    }
    const first = await next()
    await eventually(() => quick.snapshots.at(-1)!.sequence >= first + 3)
    expect(await next()).toBeGreaterThanOrEqual(first + 3)
    ended.abort()
    await slow.return()
  })

  test('hears that Redis is away', async () => {
    const redis = createRedis({ url: path.config.REDIS_URL!, name: 'lost', log: path.log })
    const lonely = createLiveHub({
      redis,
      openSubscriber: () => createBlockingRedis({ url: 'redis://127.0.0.1:1', name: 'lost', log: path.log }),
    })
    redis.disconnect()
    const tab = openLiveTab(lonely, path.workspaceId)
    const stale = await eventually(() => tab.frames.find((frame) => frame.event === 'stale'))
    expect(stale.data).toEqual({ ageMs: null, reason: 'no-redis' })
    expect(tab.snapshots).toEqual([])
    await tab.stop()
    lonely.close()
  })

  test('costs one serialisation for all tabs of a workspace', async () => {
    collect()
    const ended = new AbortController()
    const streams = [1, 2, 3].map(() => hub.follow(path.workspaceId, null, ended.signal))
    // One may begin with the picture after the other's first: from the second on all have seen the same ones.
    const pictures = async (stream: (typeof streams)[number]): Promise<Map<string, Buffer>> => {
      const seen = new Map<string, Buffer>()
      for await (const frame of { [Symbol.asyncIterator]: () => ({ next: () => stream.next() }) }) {
        if (frame instanceof Buffer) seen.set(/^id: (.*)$/m.exec(frame.toString())![1]!, frame)
        if (seen.size === 3) break
      }
      return seen
    }
    const [first, ...others] = await Promise.all(streams.map(pictures))
    for (const other of others) {
      const both = [...first!.keys()].filter((id) => other.has(id))
      expect(both.length).toBeGreaterThan(0)
      for (const id of both) expect(other.get(id)).toBe(first!.get(id))
    }
    ended.abort()
    await Promise.all(streams.map((stream) => stream.return()))
    expect(hub.tabs()).toBe(0)
  })
})
