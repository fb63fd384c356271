// The outbox rows that ask for something to be indexed. They are claimed here, not by the relay: nothing of them is in Redis, and a
// worker that has time takes as many as there are. Dispatch and start are one step; everything else is the protocol's.
import { transaction, type Pool } from '#platform/postgres/index.ts'

/** What one claim takes: of each workspace, and of how many. */
const rowsOfLane = 16
const lanesAtOnce = 8
/** One claim at a time, so that a workspace's rows are worked on by one process: what was deleted must not be put back by another. */
const claimLock = 7_470_004
/** After this many starts without an effect a row is given up. */
export const mostStarts = 5

export interface IndexRow {
  id: string
  workspaceId: string
  n: number
  starts: number
  suspect: boolean
  /** Since it was written. */
  ageMs: number
  /** 'notification', 'dead-letter': `subjects` names them. 'recipient ["u1"]': named here. 'all:cause', 'all:cause <id>': a page after this id. */
  cursor: string
  subjects: string[] | null
}

const returning =
  'RETURNING u.id, u.workspace_id AS "workspaceId", u.dispatches AS n, u.starts, u.suspect, u.cursor, u.subjects, (extract(epoch FROM now() - u.due_at) * 1000)::float8 AS "ageMs"'
const start = `UPDATE outbox u SET leased = true, lease_until = NULL, lease_owner = $1::uuid, dispatches = u.dispatches + 1, starts = u.starts + 1`
const nobodyIn = "NOT EXISTS (SELECT FROM outbox x WHERE x.queue = 'index' AND x.leased AND x.lane = %)"

/** Due rows of workspaces that nobody works on, the oldest of each first; or one that failed before, alone. */
export async function claimIndexRows(hot: Pool, owner: string): Promise<IndexRow[]> {
  return transaction(hot, async (client) => {
    const { rows: lock } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS got', [claimLock])
    if (!lock[0].got) return []
    const { rows } = await client.query<IndexRow>({
      name: 'index-claim',
      text: `WITH RECURSIVE lanes AS (
          (SELECT lane FROM outbox WHERE queue = 'index' AND NOT leased AND NOT suspect ORDER BY lane LIMIT 1)
          UNION ALL
          SELECT next.lane FROM lanes l CROSS JOIN LATERAL (SELECT o.lane FROM outbox o WHERE o.queue = 'index' AND NOT o.leased AND NOT o.suspect AND o.lane > l.lane ORDER BY o.lane LIMIT 1) next
        ), free AS (SELECT lane FROM lanes WHERE ${nobodyIn.replace('%', 'lanes.lane')} ORDER BY random() LIMIT ${lanesAtOnce}),
        picked AS MATERIALIZED (
          SELECT p.id FROM free CROSS JOIN LATERAL (
            SELECT o.id FROM outbox o WHERE o.queue = 'index' AND o.lane = free.lane AND NOT o.leased AND NOT o.suspect AND o.due_at <= now()
            ORDER BY o.due_at LIMIT ${rowsOfLane} FOR UPDATE SKIP LOCKED
          ) p
        )
        ${start} WHERE u.id = ANY(ARRAY(SELECT id FROM picked)) AND u.kind = 'index' ${returning}`,
      values: [owner],
    })
    if (rows.length > 0) return rows
    const { rows: suspects } = await client.query<IndexRow>({
      name: 'index-claim-suspect',
      text: `${start} WHERE u.kind = 'index' AND u.id = (SELECT o.id FROM outbox o WHERE o.queue = 'index' AND NOT o.leased AND o.suspect AND o.due_at <= now()
          AND ${nobodyIn.replace('%', 'o.lane')} ORDER BY o.due_at LIMIT 1 FOR UPDATE SKIP LOCKED) ${returning}`,
      values: [owner],
    })
    return suspects
  })
}

const mine = "o.id = ANY($2::uuid[]) AND o.kind = 'index' AND o.lease_owner = $1::uuid"

/** What they name is in the index. */
export async function finishIndexRows(hot: Pool, owner: string, ids: readonly string[]): Promise<void> {
  await hot.query({ name: 'index-finish', text: `DELETE FROM outbox o WHERE ${mine}`, values: [owner, ids] })
}

/** A page of everything is in the index; the row stays for the next one. */
export async function moveIndexRow(hot: Pool, owner: string, id: string, cursor: string): Promise<void> {
  await hot.query({
    name: 'index-move',
    text: `UPDATE outbox o SET cursor = $3, leased = false, lease_owner = NULL, starts = 0, suspect = false WHERE ${mine}`,
    values: [owner, [id], cursor],
  })
}

/** Nothing is wrong with them: as they were, so that their age stays known. */
export async function returnIndexRows(hot: Pool, owner: string, ids: readonly string[]): Promise<void> {
  await hot.query({
    name: 'index-return',
    text: `UPDATE outbox o SET leased = false, lease_owner = NULL, starts = greatest(o.starts - 1, 0) WHERE ${mine}`,
    values: [owner, ids],
  })
}

/** Done for now, and to be done again later. */
export async function deferIndexRows(hot: Pool, owner: string, ids: readonly string[], delayMs: number): Promise<void> {
  await hot.query({
    name: 'index-defer',
    text: `UPDATE outbox o SET leased = false, lease_owner = NULL, starts = 0, suspect = false, due_at = now() + $3 * interval '1 millisecond' WHERE ${mine}`,
    values: [owner, ids, delayMs],
  })
}

/** It failed by itself: tried again later, alone. */
export async function postponeIndexRow(hot: Pool, owner: string, id: string, delayMs: number, error: string): Promise<void> {
  await hot.query({
    name: 'index-postpone',
    text: `UPDATE outbox o SET leased = false, lease_owner = NULL, suspect = true, last_error = $4, due_at = greatest(o.due_at, now() + $3 * interval '1 millisecond') WHERE ${mine}`,
    values: [owner, [id], delayMs, error.slice(0, 2_000)],
  })
}

/** Asks for everything of a kind to be indexed again, in every workspace that there is. */
export async function askForEverything(pool: Pool, kind: string): Promise<void> {
  await pool.query(
    `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, cursor)
     SELECT gen_random_uuid(), 'index', w.id, 'index', w.id, now(), false, 'all:' || $1::text FROM workspace w
     WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.queue = 'index' AND o.lane = w.id AND o.cursor = 'all:' || $1::text)`,
    [kind],
  )
}

export interface IndexLag {
  seconds: number
  documents: number
}

/** What waits to be indexed: of one workspace, or of all. Pages of everything count as one. */
export async function readIndexLag(pool: Pool, workspaceId: string | null): Promise<IndexLag> {
  const { rows } = await pool.query<IndexLag>(
    `SELECT coalesce(greatest(0, extract(epoch FROM now() - min(due_at))), 0)::float8 AS seconds, coalesce(sum(greatest(1, cardinality(subjects))), 0)::int AS documents
     FROM outbox WHERE queue = 'index' AND ($1::uuid IS NULL OR lane = $1)`,
    [workspaceId],
  )
  return rows[0]!
}
