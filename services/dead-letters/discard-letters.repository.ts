import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import { letterFilterSql } from './letter-filter.rules.ts'

/** Open letters that no replay has claimed. */
const free = "l.workspace_id = $1 AND l.state = 'open' AND l.replay_id IS NULL"

/** How many a discard of this filter would close now, and the last of them: letters that come later are not part of it. */
export async function countDiscardable(
  client: Pool | PoolClient,
  workspaceId: string,
  filter: LetterFilter,
): Promise<{ count: number; lastId: string | null }> {
  const { sql, values } = letterFilterSql(filter, 2)
  const { rows } = await client.query<{ count: number; lastId: string | null }>(
    `WITH chosen AS (SELECT l.id FROM dead_letter l WHERE ${free}${sql ? ` AND ${sql}` : ''})
     SELECT (SELECT count(*)::int FROM chosen) AS count, (SELECT id FROM chosen ORDER BY id DESC LIMIT 1) AS "lastId"`,
    [workspaceId, ...values],
  )
  return rows[0]!
}

/** Closes the next letters after `afterId`, in id order, at most `limit`. */
export async function discardChunk(
  client: PoolClient,
  workspaceId: string,
  filter: LetterFilter,
  chunk: { afterId: string | null; lastId: string; limit: number; reason: string },
): Promise<{ count: number; lastId: string | null }> {
  const { sql, values } = letterFilterSql(filter, 6)
  const { rows } = await client.query<{ count: number; lastId: string | null }>(
    `WITH picked AS (
       SELECT l.id FROM dead_letter l WHERE ${free} AND ($2::uuid IS NULL OR l.id > $2) AND l.id <= $3${sql ? ` AND ${sql}` : ''} ORDER BY l.id LIMIT $4 FOR UPDATE
     ), closed AS (
       UPDATE dead_letter l SET state = 'discarded', closed_at = now(), closed_reason = $5 FROM picked WHERE l.workspace_id = $1 AND l.id = picked.id RETURNING l.id, l.cause_id
     ), counted AS (
       INSERT INTO cause_delta (cause_id, letters, open_letters) SELECT cause_id, 0, -count(*) FROM closed GROUP BY cause_id
     ) SELECT count(*)::int AS count, (SELECT id FROM closed ORDER BY id DESC LIMIT 1) AS "lastId" FROM closed`,
    [workspaceId, chunk.afterId, chunk.lastId, chunk.limit, chunk.reason, ...values],
  )
  return rows[0]!
}
