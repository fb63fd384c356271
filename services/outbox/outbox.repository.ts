// The outbox in SQL: the hand-over protocol's dispatch, start, give back, sweep and poison steps.
//
// Invariants (the reconciler's queries and the fault checker assert them):
//  1. An event that is not terminal has an outbox row or a delivery that is not terminal.
//  2. A delivery in pending, sending, retrying or held has exactly one outbox row; a terminal one has none.
//  3. A delivery is created once per (event, source, recipient, generation).
//  4. A result is recorded once per version; `delivered` has an attempt that said so.
//  5. Sends of one delivery <= attempts opened for it.
import { sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { QueueName, RowRef, WorkKind } from '#shared/jobs/queues.ts'

/** Seconds that a dispatched row waits for its start before it is dispatched again. */
export const dispatchLeaseSeconds = 60
/** What is due within this many seconds stands in Redis' delayed set and fires to the millisecond. */
export const horizonSeconds = 60
/** An owner that has not been seen for this long is gone. */
export const ownerGoneSeconds = 8
/** From this start on a row runs alone. */
export const suspectStarts = 2
/** After this many starts without an effect the row becomes a dead letter. */
export const poisonStarts = 5

export interface ClaimedRow {
  id: string
  kind: WorkKind
  workspaceId: string
  lane: string
  n: number
  starts: number
  /** Of its event: 1 high, 0 normal, -1 low. */
  priority: number
  /** Milliseconds until it is due; 0 or less = now. */
  dueInMs: number
}

export interface LaneState {
  queue: QueueName
  lane: string
  leasedDue: number
  leasedDelayed: number
  suspectsLeased: number
}

const lanesWithWork = `
WITH RECURSIVE lanes AS (
  (SELECT queue, lane FROM outbox WHERE NOT leased AND NOT suspect ORDER BY queue, lane LIMIT 1)
  UNION ALL
  SELECT next.queue, next.lane FROM lanes l
  CROSS JOIN LATERAL (SELECT o.queue, o.lane FROM outbox o WHERE NOT o.leased AND NOT o.suspect AND (o.queue, o.lane) > (l.queue, l.lane) ORDER BY o.queue, o.lane LIMIT 1) next
)
SELECT l.queue, l.lane, first.due_at <= now() + interval '${horizonSeconds} seconds' AS ready,
       extract(epoch FROM first.due_at - now()) * 1000 AS "dueInMs"
FROM lanes l CROSS JOIN LATERAL (SELECT o.due_at FROM outbox o WHERE NOT o.leased AND NOT o.suspect AND o.queue = l.queue AND o.lane = l.lane ORDER BY o.due_at LIMIT 1) first
WHERE first.due_at < 'infinity'`

/** Lanes that have rows nobody holds, found by index skips: the cost grows with lanes, never with the backlog. */
export async function findLanesWithWork(
  client: PoolClient,
): Promise<{ queue: QueueName; lane: string; ready: boolean; dueInMs: number }[]> {
  const { rows } = await client.query({ name: 'outbox-lanes', text: lanesWithWork })
  return rows.map((row) => ({ ...row, dueInMs: Number(row.dueInMs) }))
}

/** What is dispatched or started, per lane. Bounded by the lanes' caps. Not what the index worker holds: that is no queue of the relay. */
export async function readLaneStates(client: PoolClient | Pool): Promise<LaneState[]> {
  const { rows } = await client.query({
    name: 'outbox-lane-states',
    text: `SELECT queue, lane, count(*) FILTER (WHERE due_at <= now())::int AS "leasedDue",
                  count(*) FILTER (WHERE due_at > now())::int AS "leasedDelayed",
                  count(*) FILTER (WHERE suspect)::int AS "suspectsLeased"
           FROM outbox WHERE leased AND queue <> 'index' GROUP BY queue, lane`,
  })
  return rows
}

const free = 'o.queue = $1 AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect'

/** The oldest rows of a lane that are due, whatever their priority. */
const byAge = (due: string): string =>
  `SELECT o.id FROM outbox o WHERE ${free} AND o.due_at <= ${due} ORDER BY o.due_at LIMIT l.room FOR UPDATE SKIP LOCKED`

/**
 * High, then normal, then low, each by age; the next one is looked at only while there is room. Compared as a pair: only the index
 * that begins with the priority gives that order, so no backlog of one is read to find another.
 */
const byPriority = (due: string): string => `
    SELECT turn.id FROM (VALUES (1), (0), (-1)) AS c(priority) CROSS JOIN LATERAL (
      SELECT o.id FROM outbox o
      WHERE ${free} AND (o.priority, o.due_at) >= (c.priority, '-infinity'::timestamptz) AND (o.priority, o.due_at) <= (c.priority, ${due})
      ORDER BY o.priority, o.due_at LIMIT l.room FOR UPDATE SKIP LOCKED
    ) turn LIMIT l.room`

/**
 * Leases due rows of these lanes, at most `room` each, and numbers their dispatch. `aheadSeconds`: what falls due within this time
 * is due; a queue that has a rate takes nothing ahead of its time. `order`: which rows of a lane go first.
 */
export async function claimRows(
  client: PoolClient,
  queue: QueueName,
  lanes: { lane: string; room: number }[],
  aheadSeconds = horizonSeconds,
  order: 'priority' | 'age' = 'priority',
): Promise<ClaimedRow[]> {
  const due = `now() + interval '${aheadSeconds} seconds'`
  const { rows } = await client.query({
    name: `outbox-claim-by-${order}-${aheadSeconds}`,
    text: `
WITH p AS MATERIALIZED (
  SELECT picked.id FROM unnest($2::uuid[], $3::int[]) AS l(lane, room)
  CROSS JOIN LATERAL (${order === 'age' ? byAge(due) : byPriority(due)}) picked
)
UPDATE outbox u SET leased = true, lease_owner = NULL, dispatches = u.dispatches + 1,
       lease_until = greatest(now(), u.due_at) + interval '${dispatchLeaseSeconds} seconds'
WHERE u.id = ANY(ARRAY(SELECT id FROM p)) AND u.queue = $1
RETURNING u.id, u.kind, u.workspace_id AS "workspaceId", u.lane, u.dispatches AS n, u.starts, u.priority,
          (extract(epoch FROM u.due_at - now()) * 1000)::int AS "dueInMs"`,
    values: [queue, sqlArray(lanes.map((lane) => lane.lane)), sqlArray(lanes.map((lane) => lane.room))],
  })
  return rows
}

/** Owners of started rows that have not been seen for a while, though nobody reported their end. */
export async function findQuietOwners(pool: Pool): Promise<{ id: string; lastSeenMs: number }[]> {
  const { rows } = await pool.query({
    name: 'outbox-quiet-owners',
    text: `SELECT id, extract(epoch FROM last_seen_at) * 1000 AS "lastSeenMs" FROM process
           WHERE ended_at IS NULL AND last_seen_at < now() - interval '3 seconds'`,
  })
  return rows.map((row) => ({ id: row.id as string, lastSeenMs: Number(row.lastSeenMs) }))
}

/**
 * Frees what was dispatched and not started before its lease passed, and what was started by an owner that ended, is
 * unknown, or is one of `gone` and has not beaten since. Returns how many rows.
 */
export async function freePassedLeases(client: PoolClient, gone: string[]): Promise<number> {
  const result = await client.query({
    name: 'outbox-free',
    text: `
UPDATE outbox SET leased = false, lease_until = NULL, lease_owner = NULL, suspect = starts >= ${suspectStarts}
WHERE leased AND (
  (lease_owner IS NULL AND lease_until < now())
  OR (lease_owner IS NOT NULL AND NOT EXISTS (
    SELECT FROM process p WHERE p.id = outbox.lease_owner AND p.ended_at IS NULL
      AND NOT (p.id = ANY($1::uuid[]) AND p.last_seen_at < now() - interval '${ownerGoneSeconds} seconds'))))`,
    values: [sqlArray(gone)],
  })
  return result.rowCount ?? 0
}

/** Dispatched, due, and not started within this time: the job may be lost. */
const unstartedSeconds = 3
const unstarted = `leased AND lease_owner IS NULL AND lease_until < now() + interval '${dispatchLeaseSeconds - unstartedSeconds} seconds'`

/** Queues that have rows which were dispatched (or fell due) a while ago and that nobody has started. */
export async function findUnstarted(pool: Pool): Promise<QueueName[]> {
  const { rows } = await pool.query({ name: 'outbox-unstarted', text: `SELECT DISTINCT queue FROM outbox WHERE ${unstarted}` })
  return rows.map((row) => row.queue as QueueName)
}

/** Frees them. What still waits in Redis has had its lease extended just before, in the same transaction. */
export async function freeUnstarted(client: PoolClient, queue: QueueName): Promise<number> {
  const result = await client.query({
    name: 'outbox-free-unstarted',
    text: `UPDATE outbox SET leased = false, lease_until = NULL, suspect = starts >= ${suspectStarts} WHERE queue = $1 AND ${unstarted}`,
    values: [queue],
  })
  return result.rowCount ?? 0
}

/** The jobs of these rows were seen in Redis: they get another lease instead of another dispatch. */
export async function extendLeases(client: PoolClient, refs: RowRef[]): Promise<void> {
  await client.query({
    name: 'outbox-extend',
    text: `UPDATE outbox o SET lease_until = now() + interval '${dispatchLeaseSeconds} seconds'
           FROM unnest($1::uuid[], $2::int[]) AS j(id, n)
           WHERE o.id = ANY($1::uuid[]) AND o.id = j.id AND o.dispatches = j.n AND o.lease_until IS NOT NULL AND o.lease_owner IS NULL`,
    values: [sqlArray(refs.map((ref) => ref.id)), sqlArray(refs.map((ref) => ref.n))],
  })
}

/** Redis lost its memory: everything dispatched and not started is due at once. */
export async function freeAllDispatched(client: PoolClient): Promise<number> {
  const result = await client.query('UPDATE outbox SET leased = false, lease_until = NULL WHERE leased AND lease_owner IS NULL')
  return result.rowCount ?? 0
}

/** Queues that have a suspect row due and nobody's. One look for all: nearly always there is none. */
export async function findSuspectQueues(client: PoolClient): Promise<Set<QueueName>> {
  const { rows } = await client.query({
    name: 'outbox-suspects',
    text: 'SELECT DISTINCT queue FROM outbox WHERE NOT leased AND suspect AND due_at <= now()',
  })
  return new Set(rows.map((row) => row.queue as QueueName))
}

/** Removes what the path has left behind in the outbox's indexes: every row here is dead within a second. */
export async function vacuumOutbox(pool: Pool): Promise<void> {
  const { rows } = await pool.query("SELECT n_dead_tup > 2000 AS worth FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass")
  if (rows[0]?.worth) await pool.query('VACUUM (SKIP_LOCKED, TRUNCATE false) outbox')
}

/**
 * Refreshes the statistics of tables of the path that have doubled since, so that a plan made while they were small does
 * not live on. Autovacuum does the same, a minute later.
 */
export async function analyseGrowingTables(pool: Pool): Promise<void> {
  const { rows } = await pool.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND (n.nspname = 'parts' OR c.oid IN ('delivery'::regclass, 'notification'::regclass, 'dead_letter'::regclass))
       AND pg_relation_size(c.oid) / current_setting('block_size')::int > greatest(2 * c.relpages, 16) AND c.relpages < 20000`,
  )
  for (const row of rows) await pool.query(`ANALYZE ${row.name}`)
}

/**
 * Leases one suspect row of a queue, the longest due, for a run of its own; null when there is none. A row that has used
 * up its starts comes back with `starts >= poisonStarts`: the caller makes it a dead letter in this transaction.
 */
export async function claimSuspect(client: PoolClient, queue: QueueName): Promise<(ClaimedRow & { lastError: string | null }) | null> {
  const { rows } = await client.query({
    name: 'outbox-claim-suspect',
    text: `
UPDATE outbox u SET leased = true, lease_owner = NULL, dispatches = u.dispatches + 1, lease_until = now() + interval '${dispatchLeaseSeconds} seconds'
FROM (SELECT id, kind FROM outbox WHERE queue = $1 AND NOT leased AND suspect AND due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) p
WHERE u.id = p.id AND u.kind = p.kind
RETURNING u.id, u.kind, u.workspace_id AS "workspaceId", u.lane, u.dispatches AS n, u.starts, u.priority, 0 AS "dueInMs", u.last_error AS "lastError"`,
    values: [queue],
  })
  return rows[0] ?? null
}

/** The hand-over failed (Redis went away in between): dispatched rows are due again at once. */
export async function undoDispatch(pool: Pool | PoolClient, refs: RowRef[]): Promise<void> {
  await pool.query({
    name: 'outbox-undo',
    text: `UPDATE outbox o SET leased = false, lease_until = NULL FROM unnest($1::uuid[], $2::int[]) AS j(id, n)
           WHERE o.id = ANY($1::uuid[]) AND o.id = j.id AND o.dispatches = j.n AND o.lease_until IS NOT NULL AND o.lease_owner IS NULL`,
    values: [sqlArray(refs.map((ref) => ref.id)), sqlArray(refs.map((ref) => ref.n))],
  })
}

/**
 * Takes back what stands in Redis for a queue, or for one lane of it, and was not started: an operator has limited it, and what
 * was handed over before would go past the limit. The jobs left behind find their rows gone and are dropped.
 */
export async function recallDispatched(client: PoolClient, queue: QueueName, lane: string | null = null): Promise<number> {
  const result = await client.query(
    `UPDATE outbox SET leased = false, lease_until = NULL
     WHERE queue = $1 AND ($2::uuid IS NULL OR lane = $2) AND leased AND lease_until IS NOT NULL AND lease_owner IS NULL`,
    [queue, lane],
  )
  return result.rowCount ?? 0
}

/** Wakes the relay: rows nobody holds were written. */
export async function wakeRelay(client: Pool | PoolClient): Promise<void> {
  await client.query("SELECT pg_notify('outbox', '')")
}

/**
 * Gives started rows back without an effect, due again after `delayMs` (per row). The start counts as one without an
 * effect unless `refund` (the row was not tried, only postponed).
 */
export async function giveBack(
  pool: Pool | PoolClient,
  owner: string,
  rows: { id: string; n: number; delayMs: number; error?: string | null }[],
  options: { kind: WorkKind; refund: boolean },
): Promise<void> {
  if (rows.length === 0) return
  await pool.query({
    name: options.refund ? 'outbox-postpone' : 'outbox-give-back',
    text: `UPDATE outbox o SET leased = false, lease_until = NULL, lease_owner = NULL, suspect = o.starts${options.refund ? ' - 1' : ''} >= ${suspectStarts},
             last_error = coalesce(j.error, o.last_error),
             due_at = greatest(o.due_at, now() + j.delay * interval '1 millisecond')${options.refund ? ', starts = greatest(o.starts - 1, 0)' : ''}
           FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[]) AS j(id, n, delay, error)
           WHERE o.id = ANY($2::uuid[]) AND o.id = j.id AND o.kind = $6 AND o.dispatches = j.n AND o.lease_owner = $1`,
    values: [
      owner,
      sqlArray(rows.map((row) => row.id)),
      sqlArray(rows.map((row) => row.n)),
      sqlArray(rows.map((row) => Math.round(row.delayMs))),
      rows.map((row) => row.error ?? null),
      options.kind,
    ],
  })
  await wakeRelay(pool)
}

/**
 * The `start` step as a CTE: takes the rows of a chunk whose dispatch number is the job's and that nobody holds (dispatched and
 * not started = a lease with an end; `leased` itself is not asked, because its index holds every leased row).
 * Its parameters, $1 to $4, are made by `startValues`.
 *
 * Here and wherever many outbox rows are met by id: `id = ANY(ids)` and what belongs to each row found by its place in the sorted
 * ids, not a join. The table is empty most of the time, so the planner takes reading all of it for cheaper than looking rows up,
 * or looks up the whole list for each of them (docs/decisions/0006-pinned-plans.md).
 */
export const startCte = `started AS (
  UPDATE outbox o SET lease_owner = $1::uuid, lease_until = NULL, starts = o.starts + 1
  WHERE o.id = ANY($2::uuid[]) AND o.kind = $4 AND o.dispatches = ($3::int[])[width_bucket(o.id, $2::uuid[])]
    AND o.lease_until IS NOT NULL AND o.lease_owner IS NULL
  RETURNING o.id, o.workspace_id, o.dispatches, o.starts, o.cursor
)`

/** $1 owner, $2 ids in order, $3 their dispatch numbers, $4 kind. */
export function startValues(owner: string, refs: readonly RowRef[], kind: WorkKind): unknown[] {
  const sorted = [...refs].sort((a, b) => (a.id < b.id ? -1 : 1))
  return [owner, sqlArray(sorted.map((ref) => ref.id)), sqlArray(sorted.map((ref) => ref.n)), kind]
}
