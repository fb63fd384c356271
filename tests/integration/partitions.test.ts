import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensurePartitions } from '#platform/postgres/index.ts'
import { newUuid, uuidFloor } from '#shared/ids.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform

beforeAll(async () => {
  platform = await openTestPlatform()
})

afterAll(() => platform.close())

async function partitionsOf(table: string): Promise<string[]> {
  const { rows } = await platform.pool.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1`,
    [table],
  )
  return rows.map((row) => row.name)
}

/** Where an event with this id is stored. */
async function storeEvent(id: string): Promise<string> {
  const { rows } = await platform.pool.query<{ name: string }>(
    `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data) VALUES ($1, $2, 'a', 'accepted', now(), '[]', '{}')
     RETURNING tableoid::regclass::text AS name`,
    [platform.workspaceId, id],
  )
  return rows[0]!.name
}

const monthName = (at: Date) => `parts.event_${at.toISOString().slice(0, 7).replace('-', '_')}`

describe('partitions', () => {
  test('of this month and the next ones exist after migrating, and take what belongs to them', async () => {
    const now = new Date()
    expect(await partitionsOf('event')).toContain(monthName(now))
    expect(await storeEvent(newUuid())).toBe(monthName(now))
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
    expect(await storeEvent(uuidFloor(next.getTime()))).toBe(monthName(next))
    expect(await storeEvent(uuidFloor(next.getTime() - 1))).toBe(monthName(now))
  })

  test('are made once, also across the turn of a year and by several processes at once', async () => {
    const december = Date.UTC(2091, 11, 31, 23, 59)
    await Promise.all([1, 2, 3].map(() => ensurePartitions(platform.pool, december)))
    await ensurePartitions(platform.pool, december)
    const later = (await partitionsOf('event')).filter((name) => name.includes('209'))
    expect(later).toEqual(['parts.event_2091_12', 'parts.event_2092_01', 'parts.event_2092_02'])
    expect(await storeEvent(uuidFloor(Date.UTC(2092, 0, 1)))).toBe('parts.event_2092_01')
  })

  test('an event of a process whose clock is far off is kept in the default one', async () => {
    expect(await storeEvent(uuidFloor(Date.UTC(2001, 0, 1)))).toBe('parts.event_default')
  })

  test('a look-up by id touches one partition', async () => {
    const { rows } = await platform.pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM event WHERE workspace_id = '${platform.workspaceId}' AND id = '${newUuid()}'`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan.match(/ on event_\w+/g)).toHaveLength(1)
  })
})
