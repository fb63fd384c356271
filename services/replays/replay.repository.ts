import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import type { ReplayState } from '#shared/contracts/replay.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import type { PatchOperation } from '#shared/json-patch.ts'
import { letterFilterSql } from '../dead-letters/index.ts'
import { startCte, startValues } from '../outbox/index.ts'
import type { LetterToSend } from './put-back.repository.ts'
import type { StageProgress, StoredStage } from './stage.rules.ts'

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
  steps: number[]
  waitSeconds: number
  round: number
  stages: StoredStage[]
  patch: PatchOperation[] | null
  refused: number
  reason: string
  startedBy: string
  stopReason: string | null
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

const columns = `r.id, r.workspace_id AS "workspaceId", r.state, r.filter, r.cutoff_id AS "cutoffId", r.claimed_id AS "claimedId", r.total, r.per_second AS "perSecond",
  r.canary_per_cause AS "canaryPerCause", r.steps, r.wait_seconds AS "waitSeconds", r.round, r.stages, r.patch, r.refused, r.reason, r.started_by AS "startedBy", r.stop_reason AS "stopReason", r.created_at AS "createdAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt"`

export async function insertReplay(
  client: PoolClient,
  workspaceId: string,
  row: {
    id: string
    filter: LetterFilter
    cutoffId: string
    perSecond: number | null
    canaryPerCause: number | null
    steps: number[]
    waitSeconds: number
    patch: PatchOperation[] | null
    reason: string
    startedBy: string
  },
): Promise<void> {
  await client.query(
    `INSERT INTO replay (id, workspace_id, state, filter, cutoff_id, per_second, canary_per_cause, reason, started_by, steps, wait_seconds, patch)
     VALUES ($1, $2, 'preparing', $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      row.id,
      workspaceId,
      JSON.stringify(row.filter),
      row.cutoffId,
      row.perSecond,
      row.canaryPerCause,
      row.reason,
      row.startedBy,
      row.steps,
      row.waitSeconds,
      row.patch === null ? null : JSON.stringify(row.patch),
    ],
  )
  await wakeReplay(client, workspaceId, row.id)
}

/** Puts the operation's row to work. */
export async function wakeReplay(client: PoolClient, workspaceId: string, id: string): Promise<void> {
  await client.query(
    "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'replay', $2, 'replay', $2, now(), false)",
    [id, workspaceId],
  )
  await client.query("SELECT pg_notify('outbox', '')")
}

/** By replay, then by stage; the key null holds what was claimed and belongs to no stage yet. */
export async function readProgress(pool: Pool | PoolClient, replayIds: string[]): Promise<Map<string, Map<number | null, StageProgress>>> {
  const { rows } = await pool.query<{ id: string; stage: number | null } & Omit<StageProgress, 'newCause'>>({
    name: 'replay-progress',
    text: `SELECT replay_id AS id, replay_stage AS stage, count(*) FILTER (WHERE state = 'replayed')::int AS sent, count(*) FILTER (WHERE outcome = 'fixed')::int AS fixed,
             count(*) FILTER (WHERE outcome = 'failed-again')::int AS "failedAgain", count(*) FILTER (WHERE state = 'replayed' AND outcome IS NULL)::int AS waiting,
             count(*) FILTER (WHERE state = 'open')::int AS left
           FROM dead_letter WHERE replay_id = ANY($1::uuid[]) GROUP BY replay_id, replay_stage`,
    values: [replayIds],
  })
  const newCauses = new Map<string, number>()
  const failing = [...new Set(rows.filter((row) => row.failedAgain > 0).map((row) => row.id))]
  if (failing.length > 0) {
    const { rows: counts } = await pool.query<{ id: string; stage: number | null; count: number }>(
      `SELECT l.replay_id AS id, l.replay_stage AS stage, count(*)::int AS count FROM dead_letter l
       JOIN dead_letter n ON n.workspace_id = l.workspace_id AND n.previous_id = l.id AND n.cause_id <> l.cause_id
       WHERE l.replay_id = ANY($1::uuid[]) AND l.outcome = 'failed-again' GROUP BY 1, 2`,
      [failing],
    )
    for (const row of counts) newCauses.set(`${row.id} ${row.stage}`, row.count)
  }
  const progress = new Map<string, Map<number | null, StageProgress>>()
  for (const { id, stage, ...counts } of rows) {
    const stages = progress.get(id) ?? new Map<number | null, StageProgress>()
    progress.set(id, stages.set(stage, { ...counts, newCause: Math.min(counts.failedAgain, newCauses.get(`${id} ${stage}`) ?? 0) }))
  }
  return progress
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

/**
 * The letters of a stage that were not sent, oldest first; of the rest, those that belong to no stage. `bytes`: as many as have no more
 * than that together, one at least; for a step that reads what is in them.
 */
export async function nextLetters(
  client: PoolClient,
  replay: Pick<ReplayRow, 'id'>,
  stage: number | null,
  page: { limit: number; bytes?: number | undefined },
): Promise<LetterToSend[]> {
  const columns = 'id, delivery_id AS "deliveryId", event_id AS "eventId"'
  const next = "FROM dead_letter WHERE replay_id = $1 AND state = 'open' AND replay_stage IS NOT DISTINCT FROM $2 ORDER BY id LIMIT $3"
  const all = `SELECT ${columns} ${next} FOR UPDATE`
  const fitting = `SELECT ${columns} FROM dead_letter WHERE id IN (
      SELECT id FROM (SELECT id, row_number() OVER oldest AS place, sum(octet_length(snapshot)) OVER oldest AS bytes
        FROM (SELECT id, snapshot ${next}) n WINDOW oldest AS (ORDER BY id)) m WHERE place = 1 OR bytes <= $4)
    AND replay_id = $1 AND state = 'open' ORDER BY id FOR UPDATE`
  const values = [replay.id, stage, page.limit]
  const { rows } = await client.query(page.bytes === undefined ? all : fitting, page.bytes === undefined ? values : [...values, page.bytes])
  return rows
}

/** Picks the letters of a canary (so many of each cause) or of a step, oldest first; answers how many there are. */
export async function markStage(
  client: PoolClient,
  replay: ReplayRow,
  stage: number,
  pick: { kind: 'canary' | 'step'; limit: number },
): Promise<number> {
  const chosen =
    pick.kind === 'canary'
      ? `SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY cause_id ORDER BY id) AS place FROM dead_letter
           WHERE replay_id = $1 AND state = 'open' AND replay_stage IS NULL) p WHERE p.place <= $3`
      : `SELECT id FROM dead_letter WHERE replay_id = $1 AND state = 'open' AND replay_stage IS NULL ORDER BY id LIMIT $3`
  const { rowCount } = await client.query(
    `UPDATE dead_letter l SET replay_stage = $2 FROM (${chosen}) t WHERE l.workspace_id = $4 AND l.id = t.id`,
    [replay.id, stage, pick.limit, replay.workspaceId],
  )
  return rowCount ?? 0
}

export async function saveStages(client: PoolClient, replay: ReplayRow): Promise<void> {
  await client.query('UPDATE replay SET stages = $2 WHERE id = $1', [replay.id, JSON.stringify(replay.stages)])
}

/** Letters that the patch does not fit stay open, and belong to nobody again. */
export async function refuseLetters(client: PoolClient, replay: ReplayRow, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await client.query(
    "UPDATE dead_letter SET replay_id = NULL, replay_stage = NULL WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'open'",
    [replay.workspaceId, ids],
  )
  await client.query('UPDATE replay SET refused = refused + $2, total = total - $2 WHERE id = $1', [replay.id, ids.length])
  replay.refused += ids.length
  replay.total -= ids.length
}

/** Back to the beginning of a new round, with what was not sent: it is claimed again by the same filter and cutoff. */
export async function beginRound(client: PoolClient, replay: ReplayRow): Promise<void> {
  await client.query("UPDATE dead_letter SET replay_id = NULL, replay_stage = NULL WHERE replay_id = $1 AND state = 'open'", [replay.id])
  await client.query(
    `UPDATE replay SET state = 'preparing', round = round + 1, claimed_id = NULL, stop_reason = NULL, finished_at = NULL, refused = 0,
       total = (SELECT count(*) FROM dead_letter WHERE replay_id = $1) WHERE id = $1`,
    [replay.id],
  )
  await wakeReplay(client, replay.workspaceId, replay.id)
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
  await client.query("UPDATE dead_letter SET replay_id = NULL, replay_stage = NULL WHERE replay_id = $1 AND state = 'open'", [id])
}
