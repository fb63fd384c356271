import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import type { ReplayState } from '#shared/contracts/replay.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import { letterFilterSql } from '../dead-letters/index.ts'
import { startCte, startValues } from '../outbox/index.ts'
import type { LetterToSend } from './put-back.repository.ts'

export interface ReplayRow {
  id: string
  workspaceId: string
  state: ReplayState
  filter: LetterFilter
  cutoffId: string
  claimedId: string | null
  total: number
  perSecond: number | null
  canaryPerCause: number | null
  reason: string
  startedBy: string
  stopReason: string | null
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

const columns = `r.id, r.workspace_id AS "workspaceId", r.state, r.filter, r.cutoff_id AS "cutoffId", r.claimed_id AS "claimedId", r.total, r.per_second AS "perSecond",
  r.canary_per_cause AS "canaryPerCause", r.reason, r.started_by AS "startedBy", r.stop_reason AS "stopReason", r.created_at AS "createdAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt"`

export async function insertReplay(
  client: PoolClient,
  workspaceId: string,
  row: {
    id: string
    filter: LetterFilter
    cutoffId: string
    perSecond: number | null
    canaryPerCause: number | null
    reason: string
    startedBy: string
  },
): Promise<void> {
  await client.query(
    `INSERT INTO replay (id, workspace_id, state, filter, cutoff_id, per_second, canary_per_cause, reason, started_by) VALUES ($1, $2, 'preparing', $3, $4, $5, $6, $7, $8)`,
    [row.id, workspaceId, JSON.stringify(row.filter), row.cutoffId, row.perSecond, row.canaryPerCause, row.reason, row.startedBy],
  )
  await client.query(
    "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'replay', $2, 'replay', $2, now(), false)",
    [row.id, workspaceId],
  )
  await client.query("SELECT pg_notify('outbox', '')")
}

export interface Progress {
  sent: number
  fixed: number
  failedAgain: number
  /** Sent and without an outcome yet. */
  waiting: number
  /** Claimed and not sent. */
  left: number
}

export async function readProgress(pool: Pool | PoolClient, replayIds: string[]): Promise<Map<string, Progress>> {
  const { rows } = await pool.query({
    name: 'replay-progress',
    text: `SELECT replay_id AS id, count(*) FILTER (WHERE state = 'replayed')::int AS sent, count(*) FILTER (WHERE outcome = 'fixed')::int AS fixed,
             count(*) FILTER (WHERE outcome = 'failed-again')::int AS "failedAgain", count(*) FILTER (WHERE state = 'replayed' AND outcome IS NULL)::int AS waiting,
             count(*) FILTER (WHERE state = 'open')::int AS left
           FROM dead_letter WHERE replay_id = ANY($1::uuid[]) GROUP BY replay_id`,
    values: [replayIds],
  })
  return new Map(rows.map((row) => [row.id as string, row as Progress]))
}

export async function findReplay(pool: Pool | PoolClient, workspaceId: string, id: string): Promise<ReplayRow | null> {
  const { rows } = await pool.query(`SELECT ${columns} FROM replay r WHERE r.workspace_id = $1 AND r.id = $2`, [workspaceId, id])
  return rows[0] ?? null
}

export async function listReplays(
  pool: Pool,
  workspaceId: string,
  page: { before: string | null; limit: number; state?: string | undefined },
): Promise<ReplayRow[]> {
  const { rows } = await pool.query(
    `SELECT ${columns} FROM replay r WHERE r.workspace_id = $1 AND ($2::uuid IS NULL OR r.id < $2) AND ($3::text IS NULL OR r.state = $3) ORDER BY r.id DESC LIMIT $4`,
    [workspaceId, page.before, page.state ?? null, page.limit],
  )
  return rows
}

/** The `start` step of a replay row. */
export async function startReplays(lazy: Pool, owner: string, refs: RowRef[]): Promise<(ReplayRow & { n: number; starts: number })[]> {
  const { rows } = await lazy.query({
    name: 'replay-start',
    text: `WITH ${startCte} SELECT ${columns}, s.dispatches AS n, s.starts FROM started s JOIN replay r ON r.id = s.id`,
    values: startValues(owner, refs, 'replay'),
  })
  return rows
}

/** True while the row is still ours: every step of a replay begins with this lock, so that a frozen process cannot act twice. */
export async function lockReplayRow(client: PoolClient, owner: string, id: string, n: number): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM outbox WHERE id = $1 AND kind = 'replay' AND dispatches = $2 AND lease_owner = $3 FOR UPDATE",
    [id, n, owner],
  )
  return rows.length > 0
}

/** Claims the next letters of the frozen selection; answers how many. */
export async function claimLetters(client: PoolClient, replay: ReplayRow, limit: number): Promise<number> {
  const filter = letterFilterSql(replay.filter, 6)
  const { rows } = await client.query(
    `WITH picked AS (
       SELECT l.id FROM dead_letter l
       WHERE l.workspace_id = $1 AND l.state = 'open' AND l.replay_id IS NULL AND l.id <= $2 AND ($3::uuid IS NULL OR l.id > $3)${filter.sql ? ` AND ${filter.sql}` : ''}
       ORDER BY l.id LIMIT $4 FOR UPDATE
     ), claimed AS (UPDATE dead_letter l SET replay_id = $5 FROM picked WHERE l.workspace_id = $1 AND l.id = picked.id RETURNING l.id)
     SELECT count(*)::int AS count, (SELECT id FROM claimed ORDER BY id DESC LIMIT 1) AS last FROM claimed`,
    [replay.workspaceId, replay.cutoffId, replay.claimedId, limit, replay.id, ...filter.values],
  )
  const { count, last } = rows[0]
  if (count > 0) {
    await client.query('UPDATE replay SET total = total + $2, claimed_id = $3 WHERE id = $1', [replay.id, count, last])
    replay.claimedId = last
    replay.total += count
  }
  return count
}

/** Claimed letters that were not sent, oldest first; with `perCause` only the first ones of each cause that has sent fewer. */
export async function nextLetters(client: PoolClient, replay: ReplayRow, limit: number, perCause: number | null): Promise<LetterToSend[]> {
  const { rows } = await client.query(
    perCause === null
      ? `SELECT id, delivery_id AS "deliveryId", event_id AS "eventId" FROM dead_letter WHERE replay_id = $1 AND state = 'open' ORDER BY id LIMIT $2 FOR UPDATE`
      : `SELECT l.id, l.delivery_id AS "deliveryId", l.event_id AS "eventId" FROM dead_letter l
         JOIN (SELECT id, state, row_number() OVER (PARTITION BY cause_id ORDER BY id) AS place FROM dead_letter WHERE replay_id = $1) p ON p.id = l.id
         WHERE l.replay_id = $1 AND l.state = 'open' AND p.place <= $3 ORDER BY l.id LIMIT $2 FOR UPDATE OF l`,
    perCause === null ? [replay.id, limit] : [replay.id, limit, perCause],
  )
  return rows
}

/** This step is recorded: the row is due again in `delayMs`. */
export async function continueReplay(client: PoolClient, id: string, n: number, delayMs: number): Promise<void> {
  await client.query(
    `UPDATE outbox SET leased = false, lease_owner = NULL, lease_until = NULL, starts = 0, suspect = false, due_at = now() + $3 * interval '1 millisecond'
     WHERE id = $1 AND kind = 'replay' AND dispatches = $2`,
    [id, n, Math.round(delayMs)],
  )
  await client.query("SELECT pg_notify('outbox', '')")
}

export async function setReplayState(client: PoolClient, id: string, state: ReplayState, stopReason: string | null = null): Promise<void> {
  await client.query(
    `UPDATE replay SET state = $2, stop_reason = coalesce($3, stop_reason), started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, now()) ELSE started_at END,
       finished_at = CASE WHEN $2 IN ('completed', 'aborted', 'stopped') THEN now() END WHERE id = $1`,
    [id, state, stopReason],
  )
}

/** The end of an operation: its row goes, and letters that were claimed and not sent are free for another one. */
export async function endReplay(client: PoolClient, id: string): Promise<void> {
  await client.query("DELETE FROM outbox WHERE id = $1 AND kind = 'replay'", [id])
  await client.query("UPDATE dead_letter SET replay_id = NULL WHERE replay_id = $1 AND state = 'open'", [id])
}

export interface PreviewRows {
  causes: { causeId: string; title: string; count: number }[]
  channels: { channel: string | null; count: number }[]
  oldestAt: Date | null
  newestAt: Date | null
  total: number
}

/** What a replay of this filter would touch now. */
export async function previewLetters(client: Pool | PoolClient, workspaceId: string, filter: LetterFilter): Promise<PreviewRows> {
  const where = letterFilterSql(filter, 2)
  const { rows } = await client.query(
    `WITH chosen AS (SELECT l.cause_id, l.channel, l.created_at FROM dead_letter l WHERE l.workspace_id = $1 AND l.state = 'open' AND l.replay_id IS NULL${where.sql ? ` AND ${where.sql}` : ''})
     SELECT (SELECT count(*)::int FROM chosen) AS total, (SELECT min(created_at) FROM chosen) AS "oldestAt", (SELECT max(created_at) FROM chosen) AS "newestAt",
       (SELECT coalesce(json_agg(json_build_object('causeId', x.cause_id, 'title', c.title, 'count', x.count) ORDER BY x.count DESC), '[]')
          FROM (SELECT cause_id, count(*)::int AS count FROM chosen GROUP BY 1) x JOIN cause c ON c.id = x.cause_id) AS causes,
       (SELECT coalesce(json_agg(json_build_object('channel', channel, 'count', count)), '[]') FROM (SELECT channel, count(*)::int AS count FROM chosen GROUP BY 1) y) AS channels`,
    [workspaceId, ...where.values],
  )
  return rows[0]
}
