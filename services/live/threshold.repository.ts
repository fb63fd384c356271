import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export interface ThresholdRow {
  id: string
  limits: Record<string, number>
  changedAt: Date
  changedBy: string
  changedReason: string
}

/** Those that somebody has changed. */
export async function readThresholds(pool: Pool | PoolClient): Promise<ThresholdRow[]> {
  const { rows } = await pool.query<ThresholdRow>({
    name: 'thresholds-read',
    text: 'SELECT id, limits, changed_at AS "changedAt", changed_by AS "changedBy", changed_reason AS "changedReason" FROM threshold',
  })
  return rows
}

/** One of them, locked until the transaction ends; also while nobody has changed it yet. */
export async function lockThreshold(client: PoolClient, id: string): Promise<ThresholdRow | undefined> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('threshold ' || $1))", [id])
  return (await readThresholds(client)).find((row) => row.id === id)
}

export async function writeThreshold(client: PoolClient, row: Omit<ThresholdRow, 'changedAt'>): Promise<void> {
  await client.query(
    `INSERT INTO threshold (id, limits, changed_by, changed_reason) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET limits = EXCLUDED.limits, changed_at = now(), changed_by = EXCLUDED.changed_by, changed_reason = EXCLUDED.changed_reason`,
    [row.id, JSON.stringify(row.limits), row.changedBy, row.changedReason],
  )
}
