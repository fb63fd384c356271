import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { DiscardView, LetterFilter } from '#shared/contracts/dead-letter.ts'
import { publicId } from '#shared/ids.ts'
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
  chunk: { afterId: string | null; lastId: string; limit: number; reason: string; by: string; discardId: string },
): Promise<{ count: number; lastId: string | null }> {
  const { sql, values } = letterFilterSql(filter, 8)
  const { rows } = await client.query<{ count: number; lastId: string | null }>(
    `WITH picked AS (
       SELECT l.id FROM dead_letter l WHERE ${free} AND ($2::uuid IS NULL OR l.id > $2) AND l.id <= $3${sql ? ` AND ${sql}` : ''} ORDER BY l.id LIMIT $4 FOR UPDATE
     ), closed AS (
       UPDATE dead_letter l SET state = 'discarded', closed_at = now(), closed_reason = $5, closed_by = $6, discard_id = $7
       FROM picked WHERE l.workspace_id = $1 AND l.id = picked.id RETURNING l.id, l.cause_id
     ), counted AS (
       INSERT INTO cause_delta (cause_id, letters, open_letters, discarded) SELECT cause_id, 0, -count(*), count(*) FROM closed GROUP BY cause_id
     ), added AS (
       UPDATE letter_discard SET letters = letters + (SELECT count(*) FROM closed) WHERE workspace_id = $1 AND id = $7
     ) SELECT count(*)::int AS count, (SELECT id FROM closed ORDER BY id DESC LIMIT 1) AS "lastId" FROM closed`,
    [workspaceId, chunk.afterId, chunk.lastId, chunk.limit, chunk.reason, chunk.by, chunk.discardId, ...values],
  )
  return rows[0]!
}

export async function insertDiscard(
  client: PoolClient,
  workspaceId: string,
  row: { id: string; filter: LetterFilter; reason: string; by: string },
): Promise<void> {
  await client.query('INSERT INTO letter_discard (id, workspace_id, filter, reason, discarded_by) VALUES ($1, $2, $3, $4, $5)', [
    row.id,
    workspaceId,
    JSON.stringify(row.filter),
    row.reason,
    row.by,
  ])
}

interface DiscardRow {
  id: string
  filter: LetterFilter
  reason: string
  letters: number
  by: string
  at: Date
  undoneAt: Date | null
  undoneBy: string | null
}

const columns = 'id, filter, reason, letters, discarded_by AS by, created_at AS at, undone_at AS "undoneAt", undone_by AS "undoneBy"'

export async function listDiscards(
  pool: Pool,
  workspaceId: string,
  page: { before: string | undefined; count: number },
): Promise<DiscardView[]> {
  const { rows } = await pool.query<DiscardRow>(
    `SELECT ${columns} FROM letter_discard WHERE workspace_id = $1 AND letters > 0 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [workspaceId, page.before ?? null, page.count],
  )
  return rows.map(viewOf)
}

/** Locked: one undo at a time. */
export async function lockDiscard(client: PoolClient, workspaceId: string, id: string): Promise<DiscardView | null> {
  const { rows } = await client.query<DiscardRow>(`SELECT ${columns} FROM letter_discard WHERE workspace_id = $1 AND id = $2 FOR UPDATE`, [
    workspaceId,
    id,
  ])
  return rows[0] ? viewOf(rows[0]) : null
}

export async function markUndone(client: PoolClient, workspaceId: string, id: string, by: string): Promise<void> {
  await client.query('UPDATE letter_discard SET undone_at = now(), undone_by = $3 WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    id,
    by,
  ])
}

/** Opens the next letters of a discard again; answers how many. Their deliveries were dead all the while. */
export async function reopenChunk(client: PoolClient, workspaceId: string, discardId: string, limit: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `WITH picked AS (
       SELECT l.id FROM dead_letter l WHERE l.workspace_id = $1 AND l.discard_id = $2 AND l.state = 'discarded' ORDER BY l.id LIMIT $3 FOR UPDATE
     ), opened AS (
       UPDATE dead_letter l SET state = 'open', closed_at = NULL, closed_reason = NULL, closed_by = NULL, discard_id = NULL
       FROM picked WHERE l.workspace_id = $1 AND l.id = picked.id RETURNING l.cause_id
     ), counted AS (
       INSERT INTO cause_delta (cause_id, letters, open_letters, discarded) SELECT cause_id, 0, count(*), -count(*) FROM opened GROUP BY cause_id
     ) SELECT count(*)::int AS count FROM opened`,
    [workspaceId, discardId, limit],
  )
  return rows[0]!.count
}

function viewOf(row: DiscardRow): DiscardView {
  return { ...row, id: publicId('discard', row.id), at: row.at.toISOString(), undoneAt: row.undoneAt?.toISOString() ?? null }
}
