// What a death in an unlucky place leaves behind, and how soon the path goes on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareEvent } from '#services/events/index.ts'
import { insertEventRows } from '#services/events/accept.repository.ts'
import { eventually } from '../support/eventually.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

let path: PathHarness
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())

const ended = async (type: string) =>
  (await path.pool.query("SELECT count(*)::int AS n FROM event WHERE type = $1 AND state = 'unmatched'", [type])).rows[0].n as number

test('a row that was started by a process nobody knows goes out at once', async () => {
  const event = prepareEvent(path.workspaceId, { type: 'lost.owner', data: {} })
  await insertEventRows(path.hot, [{ ...event, leased: true }])
  await path.pool.query('UPDATE outbox SET lease_owner = gen_random_uuid(), lease_until = NULL, starts = 1 WHERE id = $1', [event.id])
  await eventually(async () => (await ended('lost.owner')) === 1)
})

test('1,200 rows that fall due in the same millisecond all go out then', async () => {
  // Ahead of it they are handed over, all of them: the machine has so long to do that.
  const dueMs = Date.now() + 15_000
  const scheduledAt = new Date(dueMs).toISOString()
  const events = Array.from({ length: 1_200 }, () => prepareEvent(path.workspaceId, { type: 'same.moment', data: {}, scheduledAt }))
  await insertEventRows(
    path.hot,
    events.map((event) => ({ ...event, leased: false })),
  )
  // Dispatched once each: nothing had to be found missing first.
  const { rows } = await eventually(async () => {
    const result = await path.pool.query(
      "SELECT max(dispatches) AS most, count(*) FILTER (WHERE leased)::int AS leased FROM outbox WHERE kind = 'fan-out'",
    )
    return result.rows[0].leased === 1_200 && result
  })
  expect(rows[0].most).toBe(1)
  await eventually(async () => (await ended('same.moment')) === 1_200)
  console.log(`the last of 1,200 ended ${Date.now() - dueMs} ms after they were due`)
})

test('rows go out while the index worker holds work of its own, as it does for as long as the search index is away', async () => {
  const held = `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, cursor, lease_owner, lease_until)
    VALUES (gen_random_uuid(), 'index', $1, 'index', $1, now(), true, 'all:notification', gen_random_uuid(), now() + interval '1 hour') RETURNING id`
  const { rows } = await path.pool.query<{ id: string }>(held, [path.workspaceId])
  const event = prepareEvent(path.workspaceId, { type: 'beside.indexing', data: {} })
  await insertEventRows(path.hot, [{ ...event, leased: false }])
  await eventually(async () => (await ended('beside.indexing')) === 1)
  await path.pool.query('DELETE FROM outbox WHERE id = $1', [rows[0]!.id])
})

// The last one: a relay that has just met this Redis for the first time frees everything anyway.
test('a row that was committed as handed over, by a process that died before it could do so, goes out within seconds', async () => {
  const event = prepareEvent(path.workspaceId, { type: 'lost.hand-over', data: {} })
  await insertEventRows(path.hot, [{ ...event, leased: true }])
  await eventually(async () => (await ended('lost.hand-over')) === 1)
})
