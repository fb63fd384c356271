// What an event's priority changes: who goes first of what waits in one lane, at the fan-out and at every channel.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertEventRows } from '#services/events/accept.repository.ts'
import { prepareEvent } from '#services/events/index.ts'
import { claimRows } from '#services/outbox/outbox.repository.ts'
import { readWhy } from '#services/queues/why.repository.ts'
import { transaction } from '#platform/postgres/index.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

const priorities = ['low', 'normal', 'high'] as const
type Priority = (typeof priorities)[number]

describe('a claim', () => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await openTestPlatform()
  })
  afterAll(() => platform.close())

  /** Rows that nobody holds, in this order; answers how each is called by its id. */
  async function wait(names: readonly (readonly [string, Priority, string?])[]): Promise<Map<string, string>> {
    const called = new Map<string, string>()
    for (const [name, priority, scheduledAt] of names) {
      const event = prepareEvent(platform.workspaceId, { type: 'a.b', data: {}, priority, ...(scheduledAt ? { scheduledAt } : {}) })
      called.set(event.id, name)
      await insertEventRows(platform.hot, [{ ...event, leased: false }])
      await platform.pool.query("UPDATE outbox SET due_at = due_at - interval '1 minute' + $2 * interval '1 millisecond' WHERE id = $1", [
        event.id,
        called.size,
      ])
    }
    return called
  }

  const claim = async (room: number, order?: 'age') =>
    transaction(platform.pool, (client) => claimRows(client, 'fan-out', [{ lane: platform.workspaceId, room }], 0, order))

  test('takes high before normal before low, each by age, and nothing that is not due', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const called = await wait([
      ['low 1', 'low'],
      ['normal 1', 'normal'],
      ['normal 2', 'normal'],
      ['high later', 'high', later],
      ['high 1', 'high'],
      ['low 2', 'low'],
      ['high 2', 'high'],
    ])
    const names = async (room: number, order?: 'age') => (await claim(room, order)).map((row) => called.get(row.id)).sort()
    expect(await names(1)).toEqual(['high 1'])
    expect(await names(2)).toEqual(['high 2', 'normal 1'])
    // Every eighth claim: what waits longest, so that nothing waits for ever.
    expect(await names(1, 'age')).toEqual(['low 1'])
    expect(await names(100)).toEqual(['low 2', 'normal 2'])
    expect(await names(100)).toEqual([])
  })

  test('is foreseen by "why is this job not running?": what stands before a row is counted in the same order', async () => {
    const called = await wait([
      ['low', 'low'],
      ['normal 1', 'normal'],
      ['high', 'high'],
      ['normal 2', 'normal'],
    ])
    const before = new Map<string, number>()
    for (const [id, name] of called) {
      const why = await readWhy(platform.pool, 'fan-out', { id, kind: 'fan-out', lane: platform.workspaceId, endpointId: null })
      before.set(name, why!.ownFree)
    }
    expect(Object.fromEntries(before)).toEqual({ high: 0, 'normal 1': 1, 'normal 2': 2, low: 3 })
    expect(await claim(100)).toHaveLength(4)
  })

  test('reads no backlog of low rows to find the others', async () => {
    await platform.pool.query(
      `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, priority)
       SELECT gen_random_uuid(), 'fan-out', $1, 'fan-out', $1, now() - interval '1 hour', false, -1 FROM generate_series(1, 20000)`,
      [platform.workspaceId],
    )
    const called = await wait([['normal', 'normal']])
    const read = async (): Promise<number> =>
      (await platform.pool.query("SELECT idx_tup_read::int AS n FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_turn_idx'")).rows[0]
        .n
    const others = async (): Promise<number> =>
      (await platform.pool.query("SELECT idx_tup_read::int AS n FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_ready_idx'")).rows[0]
        .n
    const client = await platform.pool.connect()
    const flush = () => client.query('SELECT pg_stat_force_next_flush()')
    await flush()
    const before = [await read(), await others()]
    await client.query('BEGIN')
    const rows = await claimRows(client, 'fan-out', [{ lane: platform.workspaceId, room: 1 }], 0)
    await client.query('COMMIT')
    await flush()
    await client.query('SELECT 1')
    client.release()
    expect(rows.map((row) => called.get(row.id))).toEqual(['normal'])
    const after = [await read(), await others()]
    expect(after[0]! - before[0]!).toBeGreaterThan(0)
    expect(after[0]! - before[0]! + after[1]! - before[1]!).toBeLessThan(100)
  })
})

describe('the path', () => {
  let path: PathHarness
  beforeAll(async () => {
    path = await openPath()
  })
  afterAll(() => path.close())

  test('calls endpoints in that order when their calls have to wait, and leaves nothing behind', async () => {
    await path.addEndpoint({ eventTypes: ['in.turn'] })
    await path.pool.query(
      "INSERT INTO queue_setting (name, paused_at, paused_by, paused_reason, rate_per_second) VALUES ('delivery-webhook', now(), 'a test', 'a test', 40)",
    )
    await path.heard('delivery-webhook *')
    const ids: string[] = []
    for (const priority of priorities)
      ids.push(...(await Promise.all(Array.from({ length: 30 }, () => path.send({ type: 'in.turn', data: { priority }, priority })))))
    await eventually(async () => {
      const { rows } = await path.pool.query("SELECT count(*)::int AS n FROM outbox WHERE kind = 'deliver' AND NOT leased")
      return rows[0].n === 90
    })
    await path.pool.query('UPDATE queue_setting SET paused_at = NULL')
    await Promise.all(ids.map((id) => path.ended(id)))
    const places = (priority: Priority): number[] =>
      path.sink.arrivals.flatMap((arrival, place) => (arrival.body.data.priority === priority ? [place] : []))
    const mean = (priority: Priority): number => places(priority).reduce((sum, place) => sum + place, 0) / 30
    expect(priorities.map((priority) => places(priority).length)).toEqual([30, 30, 30])
    // Not one after the other to the last row: the oldest has its turn now and then.
    expect(mean('high')).toBeLessThan(mean('normal') - 10)
    expect(mean('normal')).toBeLessThan(mean('low') - 10)
    expect(await path.reconcile()).toMatchObject({ total: 0, differences: [], broken: [] })
  })
})
