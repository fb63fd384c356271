// queue_setting and lane_limit: what operators have set. Instance-wide, as queues are.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

/** Live processes, by the same rule everywhere. */
export const liveProcess = "ended_at IS NULL AND state <> 'stopping' AND last_seen_at > now() - interval '8 seconds'"

export interface ConcurrencyRow {
  name: QueueName
  concurrency: number
  /** Live processes that take from it, oldest first. */
  workers: string[]
}

/** Queues whose concurrency was set, with the workers that share it. */
export async function readConcurrencies(pool: Pool): Promise<ConcurrencyRow[]> {
  const { rows } = await pool.query<ConcurrencyRow>({
    name: 'queue-concurrencies',
    text: `SELECT s.name, s.concurrency,
      ARRAY(SELECT p.id::text FROM process p WHERE ${liveProcess} AND p.concurrency ? s.name ORDER BY p.started_at, p.id) AS workers
    FROM queue_setting s WHERE s.concurrency IS NOT NULL`,
  })
  return rows
}

export interface LeverSettings {
  concurrency: number | null
  ratePerSecond: number | null
}

/** What is set now, locked for the change; nulls when nobody ever set anything. */
export async function lockLevers(client: PoolClient, name: QueueName): Promise<LeverSettings> {
  await client.query('INSERT INTO queue_setting (name) VALUES ($1) ON CONFLICT (name) DO NOTHING', [name])
  const { rows } = await client.query<LeverSettings>(
    'SELECT concurrency, rate_per_second AS "ratePerSecond" FROM queue_setting WHERE name = $1 FOR UPDATE',
    [name],
  )
  return rows[0]!
}

/** Sets both; a rate that is new begins with an empty bucket, so that it holds from its first second. */
export async function setLevers(
  client: PoolClient,
  name: QueueName,
  levers: LeverSettings,
  change: { by: string; reason: string },
): Promise<void> {
  await client.query(
    `UPDATE queue_setting SET concurrency = $2, changed_at = now(), changed_by = $4, changed_reason = $5,
       rate_tokens = CASE WHEN rate_per_second IS NOT DISTINCT FROM $3 THEN rate_tokens ELSE 0 END,
       rate_at = CASE WHEN rate_per_second IS NOT DISTINCT FROM $3 THEN rate_at ELSE now() END,
       rate_per_second = $3
     WHERE name = $1`,
    [name, levers.concurrency, levers.ratePerSecond, change.by, change.reason],
  )
}

/** The concurrency of all live workers of a queue together, by what they say themselves. */
export async function readConcurrencyInUse(pool: Pool, name: QueueName): Promise<{ workers: number; concurrency: number }> {
  const { rows } = await pool.query<{ workers: number; concurrency: number }>({
    name: 'queue-concurrency-in-use',
    text: `SELECT count(*)::int AS workers, coalesce(sum((concurrency ->> $1)::int), 0)::int AS concurrency
           FROM process WHERE ${liveProcess} AND concurrency ? $1`,
    values: [name],
  })
  return rows[0]!
}

export interface Pause {
  at: Date
  by: string
  reason: string
}

/** Who paused it and why, or null while it runs. */
export async function readPaused(pool: Pool | PoolClient, name: QueueName): Promise<Pause | null> {
  const { rows } = await pool.query<Pause>({
    name: 'queue-paused-by',
    text: 'SELECT paused_at AS at, paused_by AS by, paused_reason AS reason FROM queue_setting WHERE name = $1 AND paused_at IS NOT NULL',
    values: [name],
  })
  return rows[0] ?? null
}
