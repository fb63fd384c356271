// What the outbox and the process table say about queues and workers. Instance-wide, as the metrics are: counts, no content.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

/** A heartbeat older than this is one that stopped: what its process held is given to others (protocol). */
const goneAfter = '8 seconds'

export interface QueueRow {
  name: QueueName
  waiting: number
  active: number
  delayed: number
  oldestAgeMs: number
  /** Of what waits: handed over and not started, and not handed over. */
  inRedis: number
  inPostgres: number
  /** How long the oldest due row has waited to be started. */
  waitingAgeMs: number
  /** The same of those that were handed over. */
  handedAgeMs: number
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

/** Depths of what waits in Postgres are counted to here and no further. */
export const depthCountedTo = 100_000

/**
 * These queues, in their order: counts, settings and live workers in one statement, so in one snapshot. Ages are found at the heads
 * of the lanes by index skips, depths are counted to a limit: a long backlog costs no more than that.
 */
export async function readQueueRows(pool: Pool, names: readonly string[]): Promise<QueueRow[]> {
  const { rows } = await pool.query<QueueRow>({
    name: 'queues-read',
    text: `
WITH RECURSIVE names AS (SELECT * FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)),
lanes AS (
  SELECT n.name, (SELECT o.lane FROM outbox o WHERE o.queue = n.name AND NOT o.leased AND NOT o.suspect ORDER BY o.lane LIMIT 1) AS lane FROM names n
  UNION ALL
  SELECT l.name, (SELECT o.lane FROM outbox o WHERE o.queue = l.name AND NOT o.leased AND NOT o.suspect AND o.lane > l.lane ORDER BY o.lane LIMIT 1)
  FROM lanes l WHERE l.lane IS NOT NULL
), heads AS (
  SELECT l.name, min(head.due_at) AS due_at FROM lanes l CROSS JOIN LATERAL (
    SELECT o.due_at FROM outbox o WHERE o.queue = l.name AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect ORDER BY o.due_at LIMIT 1
  ) head WHERE l.lane IS NOT NULL GROUP BY l.name
), leased AS (
  SELECT queue AS name, count(*) FILTER (WHERE lease_owner IS NULL AND due_at <= now())::int AS handed,
    count(*) FILTER (WHERE lease_owner IS NULL AND due_at > now())::int AS handed_later, count(*) FILTER (WHERE lease_owner IS NOT NULL)::int AS active,
    min(due_at) AS due_at, min(due_at) FILTER (WHERE lease_owner IS NULL) AS handed_due_at
  FROM outbox WHERE leased GROUP BY queue
), suspects AS (
  SELECT queue AS name, count(*) FILTER (WHERE due_at <= now())::int AS due, count(*) FILTER (WHERE due_at > now() AND due_at < 'infinity')::int AS later, min(due_at) AS due_at
  FROM outbox WHERE NOT leased AND suspect GROUP BY queue
), counted AS (
  SELECT n.name,
    (SELECT count(*)::int FROM (SELECT FROM outbox o WHERE o.queue = n.name AND NOT o.leased AND NOT o.suspect AND o.due_at <= now() LIMIT ${depthCountedTo}) c) AS due,
    (SELECT count(*)::int FROM (SELECT FROM outbox o WHERE o.queue = n.name AND NOT o.leased AND NOT o.suspect AND o.due_at > now() AND o.due_at < 'infinity' LIMIT ${depthCountedTo}) c) AS later
  FROM names n
), work AS (
  SELECT c.name, c.due + coalesce(s.due, 0) + coalesce(l.handed, 0) AS waiting, coalesce(l.active, 0) AS active,
    c.later + coalesce(s.later, 0) + coalesce(l.handed_later, 0) AS delayed, coalesce(l.handed, 0) AS in_redis,
    c.due + coalesce(s.due, 0) AS in_postgres, extract(epoch FROM now() - least(h.due_at, l.due_at, s.due_at)) * 1000 AS age,
    extract(epoch FROM now() - least(h.due_at, l.handed_due_at, s.due_at)) * 1000 AS waiting_age,
    extract(epoch FROM now() - l.handed_due_at) * 1000 AS handed_age
  FROM counted c LEFT JOIN heads h USING (name) LEFT JOIN leased l USING (name) LEFT JOIN suspects s USING (name)
), live AS (
  SELECT concurrency FROM process WHERE ended_at IS NULL AND state <> 'stopping' AND last_seen_at > now() - interval '${goneAfter}'
)
SELECT n.name, w.waiting, w.active, w.delayed, greatest(0, round(coalesce(w.age, 0)))::float8 AS "oldestAgeMs",
  w.in_redis AS "inRedis", w.in_postgres AS "inPostgres", greatest(0, round(coalesce(w.waiting_age, 0)))::float8 AS "waitingAgeMs",
  greatest(0, round(coalesce(w.handed_age, 0)))::float8 AS "handedAgeMs",
  s.concurrency AS "concurrencySetting", s.rate_per_second AS "ratePerSecond", s.changed_at AS "changedAt", s.changed_by AS "changedBy", s.changed_reason AS "changedReason",
  s.paused_at AS "pausedAt", s.paused_by AS "pausedBy", s.paused_reason AS "pausedReason",
  (SELECT count(*)::int FROM live WHERE live.concurrency ? n.name) AS workers,
  (SELECT coalesce(sum((live.concurrency ->> n.name)::int), 0)::int FROM live) AS concurrency
FROM names n JOIN work w USING (name) LEFT JOIN queue_setting s ON s.name = n.name
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
