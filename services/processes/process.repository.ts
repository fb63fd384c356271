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
