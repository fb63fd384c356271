// What Postgres knows about the instance at one moment. Counts only, no content.
import type { Pool } from '#platform/postgres/index.ts'

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

/** Those of these endpoints that belong to these workspaces. */
export async function readEndpointNames(
  pool: Pool,
  workspaceIds: readonly string[],
  endpointIds: readonly string[],
): Promise<{ id: string; workspaceId: string; url: string }[]> {
  const { rows } = await pool.query<{ id: string; workspaceId: string; url: string }>({
    name: 'live-endpoints',
    text: 'SELECT id, workspace_id AS "workspaceId", url FROM endpoint WHERE id = ANY ($2::uuid[]) AND workspace_id = ANY ($1::uuid[])',
    values: [workspaceIds, endpointIds],
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
