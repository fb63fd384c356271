// What Postgres knows about the instance at one moment. Counts only, no content.
import type { Pool } from '#platform/postgres/index.ts'

/** A process that has not been seen for so long is a matter of the past. */
const forgottenAfter = '60 seconds'

export interface LiveWorkerRow {
  id: string
  name: string
  roles: string[]
  pid: number
  host: string
  version: string
  startedAt: Date
  lastSeenAt: Date
  beatAgeMs: number
  stopping: boolean
  lastProgressAt: Date | null
  progressAgeMs: number | null
  upMs: number
  loopLagMs: number
  rssBytes: number
  concurrency: Record<string, number>
  /** Rows that it holds, by queue. */
  held: Record<string, number>
}

/** Processes that are alive or were a minute ago, by name. */
export async function readLiveWorkers(pool: Pool): Promise<LiveWorkerRow[]> {
  const age = (column: string): string => `(greatest(0, extract(epoch FROM now() - ${column}) * 1000))::float8`
  const { rows } = await pool.query<LiveWorkerRow>({
    name: 'live-workers',
    text: `
WITH holding AS (
  SELECT lease_owner, jsonb_object_agg(queue, n) AS held
  FROM (SELECT lease_owner, queue, count(*)::int AS n FROM outbox WHERE leased AND lease_owner IS NOT NULL GROUP BY 1, 2) each GROUP BY 1
)
SELECT p.id, p.name, p.roles, p.pid, p.host, p.version, p.started_at AS "startedAt", p.last_seen_at AS "lastSeenAt", ${age('p.last_seen_at')} AS "beatAgeMs",
  p.state = 'stopping' AS stopping, p.last_progress_at AS "lastProgressAt", ${age('p.last_progress_at')} AS "progressAgeMs", ${age('p.started_at')} AS "upMs",
  p.loop_lag_ms AS "loopLagMs", p.rss_bytes AS "rssBytes", p.concurrency, coalesce(h.held, '{}') AS held
FROM process p LEFT JOIN holding h ON h.lease_owner = p.id
WHERE p.ended_at IS NULL AND p.last_seen_at > now() - interval '${forgottenAfter}'
ORDER BY p.name, p.id`,
  })
  return rows
}

export interface DatabaseRow {
  connections: number
  transactions: number
  rows: number
}

/** Counters that only grow; rows are those written. */
export async function readDatabase(pool: Pool): Promise<DatabaseRow> {
  const { rows } = await pool.query<DatabaseRow>({
    name: 'live-database',
    text: `SELECT numbackends AS connections, (xact_commit + xact_rollback)::float8 AS transactions, (tup_inserted + tup_updated + tup_deleted)::float8 AS rows
           FROM pg_stat_database WHERE datname = current_database()`,
  })
  return rows[0]!
}

export async function readDatabaseSize(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>('SELECT pg_database_size(current_database())::float8 AS bytes')
  return rows[0]!.bytes
}

export interface LiveCauseRow {
  workspaceId: string
  id: string
  title: string
  channels: string[]
  open: number
  lastSeenAt: Date
  /** Of the whole workspace. */
  openLetters: number
}

/** The causes with most open letters of each of these workspaces, `limit` of each. */
export async function readLiveCauses(pool: Pool, workspaceIds: readonly string[], limit: number): Promise<LiveCauseRow[]> {
  const { rows } = await pool.query<LiveCauseRow>({
    name: 'live-causes',
    text: `
WITH grown AS (SELECT cause_id, sum(open_letters)::int AS open FROM cause_delta GROUP BY cause_id),
open AS (
  SELECT c.workspace_id, c.id, c.title, c.channels, c.open_letters + coalesce(g.open, 0) AS open, c.last_seen_at
  FROM cause c LEFT JOIN grown g ON g.cause_id = c.id WHERE c.workspace_id = ANY ($1::uuid[])
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY workspace_id ORDER BY open DESC, last_seen_at DESC) AS place,
    (sum(open) OVER (PARTITION BY workspace_id))::int AS letters FROM open WHERE open > 0
)
SELECT workspace_id AS "workspaceId", id, title, channels, open, last_seen_at AS "lastSeenAt", letters AS "openLetters" FROM ranked WHERE place <= $2
ORDER BY workspace_id, place`,
    values: [workspaceIds, limit],
  })
  return rows
}

/** Replays that run or have just ended, each with a text that changes when it does. */
export async function readReplayMarks(
  pool: Pool,
  workspaceIds: readonly string[],
): Promise<{ workspaceId: string; id: string; mark: string }[]> {
  const { rows } = await pool.query<{ workspaceId: string; id: string; mark: string }>({
    name: 'live-replays',
    text: `SELECT workspace_id AS "workspaceId", id, CASE WHEN finished_at IS NULL THEN concat_ws(' ', state, total, now()) ELSE state END AS mark FROM replay
           WHERE workspace_id = ANY ($1::uuid[]) AND (state IN ('preparing', 'running') OR finished_at > now() - interval '10 seconds')`,
    values: [workspaceIds],
  })
  return rows
}
