// What anybody may know about the instance: in one snapshot, over all workspaces, and honest while Postgres is away.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Pool } from '#platform/postgres/index.ts'
import { createStatusReader, type StatusReader } from '#services/status/index.ts'
import { statusSchema } from '#shared/contracts/status.ts'
import { newUuid } from '#shared/ids.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await openTestPlatform()
})
afterAll(() => platform.close())

const reader = (pool: Pool): StatusReader => createStatusReader({ pool, redis: platform.redis, version: '1.2.3', mailCatcher: true })

async function addProcess(name: string, change: { seenSecondsAgo?: number; state?: string; ended?: boolean } = {}): Promise<void> {
  await platform.pool.query(
    `INSERT INTO process (id, name, roles, pid, host, version, state, last_seen_at, ended_at)
     VALUES ($1, $2, '{relay}', 1, 'here', '1', $3, now() - $4 * interval '1 second', CASE WHEN $5 THEN now() END)`,
    [newUuid(), name, change.state ?? 'idle', change.seenSecondsAgo ?? 0, change.ended ?? false],
  )
}

it('shows the last life of every process that is not over', async () => {
  await addProcess('worker-1', { seenSecondsAgo: 60 })
  await addProcess('worker-1', { state: 'working' })
  await addProcess('worker-2', { seenSecondsAgo: 20 })
  await addProcess('worker-3', { ended: true })
  await addProcess('worker-4', { seenSecondsAgo: 3_600 })
  const status = await reader(platform.pool).read()
  expect(statusSchema.safeParse(status).error).toBeUndefined()
  expect(status).toMatchObject({ version: '1.2.3', stores: { postgres: true, redis: true }, mailCatcher: true })
  expect(status.picture?.processes.map(({ name, state }) => [name, state])).toEqual([
    ['worker-1', 'working'],
    ['worker-2', 'idle'],
  ])
  expect(status.picture?.processes[1]?.lastSeenMsAgo).toBeGreaterThan(19_000)
})

it('adds the ledgers of all workspaces up, rolled up or not, and takes what the reconciler found lost out of pending', async () => {
  const other = await platform.addWorkspace()
  await platform.pool.query(
    `INSERT INTO ledger_count (workspace_id, day, events_accepted, events_completed, events_pending) VALUES ($1, '2026-01-01', 10, 8, 2)`,
    [platform.workspaceId],
  )
  await platform.pool.query(
    `INSERT INTO ledger_delta (workspace_id, day, events_accepted, events_completed, deliveries_created, deliveries_maybe_sent) VALUES ($1, '2026-01-02', 1, 1, 3, 3)`,
    [other.workspaceId],
  )
  const read = async () => (await reader(platform.pool).read()).picture?.ledger
  expect(await read()).toMatchObject({
    events: { accepted: 11, completed: 9, pending: 2, unaccounted: 0 },
    deliveries: { created: 3, maybeSent: 3, unaccounted: 0 },
  })
  const report = { differences: [], broken: [{ kind: 'event without work', workspaceId: platform.workspaceId, count: 1 }] }
  await platform.pool.query('INSERT INTO reconciliation (duration_ms, differences, report) VALUES (1, 1, $1)', [report])
  expect(await read()).toMatchObject({ events: { accepted: 11, completed: 9, pending: 1, unaccounted: 1 } })
})

it('shows how a key begins, never the key', async () => {
  const status = await reader(platform.pool).read()
  expect(platform.apiKey.startsWith(status.picture!.keyPrefix!)).toBe(true)
  expect(status.picture!.keyPrefix!.length).toBeLessThan(16)
})

it('keeps the last picture while Postgres is away, with its age, and has none before the first', async () => {
  let away = false
  const pool = {
    query: (...args: unknown[]) =>
      away ? Promise.reject(new Error('away')) : (platform.pool.query as (...all: unknown[]) => unknown)(...args),
  } as unknown as Pool
  const status = reader(pool)
  const before = await status.read()
  away = true
  await expect.poll(() => status.read()).toMatchObject({ stores: { postgres: false } })
  expect((await status.read()).picture).toEqual(before.picture)
  expect((await status.read()).ageMs).toBeGreaterThan(0)
  expect(await reader(pool).read()).toMatchObject({ stores: { postgres: false }, picture: null })
})

it('asks Postgres once, however many look', async () => {
  let asked = 0
  const pool = {
    query: (...args: unknown[]) => (asked++, (platform.pool.query as (...all: unknown[]) => unknown)(...args)),
  } as unknown as Pool
  const status = reader(pool)
  await Promise.all(Array.from({ length: 50 }, () => status.read()))
  // One for the picture, one for the last reconciliation.
  expect(asked).toBe(2)
})
