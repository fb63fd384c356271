import type { Pool } from '#platform/postgres/index.ts'

export interface ProcessRow {
  id: string
  name: string
  roles: string[]
  pid: number
  host: string
  version: string
  concurrency: Record<string, number>
}

export async function registerProcess(pool: Pool, row: ProcessRow): Promise<void> {
  await pool.query(
    `INSERT INTO process (id, name, roles, pid, host, version, concurrency) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET last_seen_at = now(), ended_at = NULL`,
    [row.id, row.name, row.roles, row.pid, row.host, row.version, JSON.stringify(row.concurrency)],
  )
}

/** One beat. A row that somebody removed in the meantime is written again: a living process is never unknown. */
export async function beat(
  pool: Pool,
  row: ProcessRow,
  now: { state: string; loopLagMs: number; rssBytes: number; lastProgressAt: Date | null },
): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'process-beat',
    text: 'UPDATE process SET last_seen_at = now(), ended_at = NULL, state = $2, loop_lag_ms = $3, rss_bytes = $4, last_progress_at = $5 WHERE id = $1',
    values: [row.id, now.state, now.loopLagMs, now.rssBytes, now.lastProgressAt],
  })
  if (rowCount === 0) await registerProcess(pool, row)
}

export async function storeConcurrency(pool: Pool, row: ProcessRow): Promise<void> {
  await pool.query('UPDATE process SET concurrency = $2 WHERE id = $1', [row.id, JSON.stringify(row.concurrency)])
}

/** A clean stop: what this process still holds is free at once. */
export async function endProcess(pool: Pool, id: string): Promise<void> {
  await pool.query("UPDATE process SET ended_at = now(), state = 'ended' WHERE id = $1", [id])
  await pool.query("SELECT pg_notify('process_ended', $1)", [id])
}

/** Removes rows of processes that ended or were last seen over an hour ago and hold nothing. */
export async function forgetOldProcesses(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM process p WHERE (ended_at < now() - interval '1 hour' OR last_seen_at < now() - interval '1 hour')
       AND NOT EXISTS (SELECT FROM outbox o WHERE o.leased AND o.lease_owner = p.id)`,
  )
}

/** A process that has not been seen for so long is a matter of the past. */
const forgottenAfter = '60 seconds'

export interface WorkerRow {
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
  /** It said so with its last beat: something is in hand. */
  saysBusy: boolean
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
export async function readWorkers(pool: Pool): Promise<WorkerRow[]> {
  const age = (column: string): string => `(greatest(0, extract(epoch FROM now() - ${column}) * 1000))::float8`
  const { rows } = await pool.query<WorkerRow>({
    name: 'workers-read',
    text: `
WITH holding AS (
  SELECT lease_owner, jsonb_object_agg(queue, n) AS held
  FROM (SELECT lease_owner, queue, count(*)::int AS n FROM outbox WHERE leased AND lease_owner IS NOT NULL GROUP BY 1, 2) each GROUP BY 1
)
SELECT p.id, p.name, p.roles, p.pid, p.host, p.version, p.started_at AS "startedAt", p.last_seen_at AS "lastSeenAt", ${age('p.last_seen_at')} AS "beatAgeMs",
  p.state = 'stopping' AS stopping, p.state = 'working' AS "saysBusy", p.last_progress_at AS "lastProgressAt", ${age('p.last_progress_at')} AS "progressAgeMs", ${age('p.started_at')} AS "upMs",
  p.loop_lag_ms AS "loopLagMs", p.rss_bytes AS "rssBytes", p.concurrency, coalesce(h.held, '{}') AS held
FROM process p LEFT JOIN holding h ON h.lease_owner = p.id
WHERE p.ended_at IS NULL AND p.last_seen_at > now() - interval '${forgottenAfter}'
ORDER BY p.name, p.id`,
  })
  return rows
}
