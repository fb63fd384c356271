// What the outbox and the process table say about queues and workers. Instance-wide, as the metrics are: counts, no content.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

/** A heartbeat older than this is one that stopped: what its process held is given to others (protocol). */
const goneAfter = '8 seconds'
/** Holding work and getting nowhere for so long is being stuck; a call may take 20 s. */
const stuckAfter = '30 seconds'
/** A process that has not been seen for so long is a matter of the past. */
const forgottenAfter = '60 seconds'

export interface QueueRow {
  name: QueueName
  waiting: number
  active: number
  delayed: number
  oldestAgeMs: number
  pausedAt: Date | null
  pausedBy: string | null
  pausedReason: string | null
  workers: number
  concurrency: number
  concurrencySetting: number | null
  ratePerSecond: number | null
  changedAt: Date | null
  changedBy: string | null
  changedReason: string | null
}

/** These queues, in their order: counts, settings and live workers in one statement, so in one snapshot. */
export async function readQueueRows(pool: Pool, names: readonly string[]): Promise<QueueRow[]> {
  const { rows } = await pool.query<QueueRow>({
    name: 'queues-read',
    text: `
WITH work AS (
  SELECT queue, count(*) FILTER (WHERE lease_owner IS NULL AND due_at <= now())::int AS waiting,
    count(*) FILTER (WHERE lease_owner IS NOT NULL)::int AS active,
    count(*) FILTER (WHERE lease_owner IS NULL AND due_at > now() AND due_at < 'infinity')::int AS delayed,
    extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())) * 1000 AS age
  FROM outbox GROUP BY queue
), live AS (
  SELECT concurrency FROM process WHERE ended_at IS NULL AND state <> 'stopping' AND last_seen_at > now() - interval '${goneAfter}'
)
SELECT n.name, coalesce(w.waiting, 0) AS waiting, coalesce(w.active, 0) AS active, coalesce(w.delayed, 0) AS delayed, greatest(0, round(coalesce(w.age, 0)))::float8 AS "oldestAgeMs",
  s.concurrency AS "concurrencySetting", s.rate_per_second AS "ratePerSecond", s.changed_at AS "changedAt", s.changed_by AS "changedBy", s.changed_reason AS "changedReason",
  s.paused_at AS "pausedAt", s.paused_by AS "pausedBy", s.paused_reason AS "pausedReason",
  (SELECT count(*)::int FROM live WHERE live.concurrency ? n.name) AS workers,
  (SELECT coalesce(sum((live.concurrency ->> n.name)::int), 0)::int FROM live) AS concurrency
FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place) LEFT JOIN work w ON w.queue = n.name LEFT JOIN queue_setting s ON s.name = n.name
ORDER BY n.place`,
    values: [names],
  })
  return rows
}

/** What is due and not done, per queue. */
export async function readDepths(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ queue: string; depth: number }>({
    name: 'queues-depth',
    text: 'SELECT queue, count(*)::int AS depth FROM outbox WHERE due_at <= now() GROUP BY queue',
  })
  return new Map(rows.map((row) => [row.queue, row.depth]))
}

/** True when this changed something: pausing what is paused keeps who did it first. */
export async function setPaused(client: PoolClient, name: string, pause: { by: string; reason: string } | null): Promise<boolean> {
  const { rowCount } = pause
    ? await client.query(
        `INSERT INTO queue_setting (name, paused_at, paused_by, paused_reason) VALUES ($1, now(), $2, $3)
         ON CONFLICT (name) DO UPDATE SET paused_at = now(), paused_by = $2, paused_reason = $3 WHERE queue_setting.paused_at IS NULL`,
        [name, pause.by, pause.reason],
      )
    : await client.query(
        'UPDATE queue_setting SET paused_at = NULL, paused_by = NULL, paused_reason = NULL WHERE name = $1 AND paused_at IS NOT NULL',
        [name],
      )
  return (rowCount ?? 0) > 0
}

export interface WorkerRow {
  id: string
  name: string
  roles: string[]
  pid: number
  host: string
  version: string
  startedAt: Date
  lastSeenAt: Date
  state: 'working' | 'idle' | 'stuck' | 'stopping'
  loopLagMs: number
  rssBytes: number
}

/** Processes that are alive or were a minute ago, by name. */
export async function readWorkers(pool: Pool): Promise<WorkerRow[]> {
  const { rows } = await pool.query<WorkerRow>({
    name: 'workers-read',
    text: `
WITH holding AS (SELECT DISTINCT lease_owner FROM outbox WHERE leased AND lease_owner IS NOT NULL)
SELECT p.id, p.name, p.roles, p.pid, p.host, p.version, p.started_at AS "startedAt", p.last_seen_at AS "lastSeenAt", p.loop_lag_ms AS "loopLagMs", p.rss_bytes AS "rssBytes",
  CASE WHEN p.last_seen_at <= now() - interval '${goneAfter}' THEN 'stuck'
       WHEN p.state = 'stopping' THEN 'stopping'
       WHEN h.lease_owner IS NOT NULL AND coalesce(p.last_progress_at, p.started_at) <= now() - interval '${stuckAfter}' THEN 'stuck'
       WHEN p.state = 'working' THEN 'working' ELSE 'idle' END AS state
FROM process p LEFT JOIN holding h ON h.lease_owner = p.id
WHERE p.ended_at IS NULL AND p.last_seen_at > now() - interval '${forgottenAfter}'
ORDER BY p.name, p.id`,
  })
  return rows
}
