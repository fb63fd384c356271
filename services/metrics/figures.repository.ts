// What the database alone knows. Instance-wide: the one place beside the reconciler that is not scoped by a workspace, because
// it tells nothing but counts. No statement here may cost more when a backlog grows.
import type { Pool } from '#platform/postgres/index.ts'

/** Depths are counted to here and no further. */
export const depthCountedTo = 100_000

export interface QueueFigures {
  queue: string
  /** Rows that wait in Postgres, at most `depthCountedTo`. */
  waiting: number
  /** Rows handed to Redis or to a worker. */
  leased: number
  lanes: number
  /** How long the oldest due row has waited for a worker to start it. */
  oldestAgeSeconds: number
}

const queueFigures = `
WITH RECURSIVE names AS (SELECT unnest($1::text[]) AS queue),
lanes AS (
  SELECT n.queue, (SELECT o.lane FROM outbox o WHERE o.queue = n.queue AND NOT o.leased ORDER BY o.lane LIMIT 1) AS lane FROM names n
  UNION ALL
  SELECT l.queue, (SELECT o.lane FROM outbox o WHERE o.queue = l.queue AND NOT o.leased AND o.lane > l.lane ORDER BY o.lane LIMIT 1)
  FROM lanes l WHERE l.lane IS NOT NULL
),
ready AS (
  SELECT l.queue, count(*)::int AS lanes, min(head.due_at) AS oldest
  FROM lanes l CROSS JOIN LATERAL (
    SELECT o.due_at FROM outbox o WHERE o.queue = l.queue AND o.lane = l.lane AND NOT o.leased ORDER BY o.due_at LIMIT 1
  ) head
  WHERE l.lane IS NOT NULL GROUP BY l.queue
),
leased AS (
  SELECT queue, count(*)::int AS leased, min(due_at) FILTER (WHERE lease_owner IS NULL) AS oldest FROM outbox WHERE leased GROUP BY queue
)
SELECT n.queue, coalesce(r.lanes, 0) AS lanes, coalesce(l.leased, 0) AS leased,
       (SELECT count(*)::int FROM (SELECT 1 FROM outbox o WHERE o.queue = n.queue AND NOT o.leased LIMIT $2) AS counted) AS waiting,
       greatest(0, coalesce(extract(epoch FROM now() - least(r.oldest, l.oldest)), 0))::float8 AS "oldestAgeSeconds"
FROM names n LEFT JOIN ready r USING (queue) LEFT JOIN leased l USING (queue)`

/** Figures of these queues, in their order. */
export async function readQueueFigures(pool: Pool, names: readonly string[]): Promise<QueueFigures[]> {
  const { rows } = await pool.query<QueueFigures>(queueFigures, [names, depthCountedTo])
  return rows
}

/** What waits to be indexed for search. */
export async function readIndexFigures(pool: Pool): Promise<{ documents: number; ageSeconds: number }> {
  const { rows } = await pool.query<{ documents: number; ageSeconds: number }>(
    `SELECT coalesce(sum(greatest(1, cardinality(subjects))), 0)::float8 AS documents,
       greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0))::float8 AS "ageSeconds" FROM outbox WHERE queue = 'index'`,
  )
  return rows[0]!
}

/** Open dead letters by kind, from the causes' counters. */
export async function readOpenLetters(pool: Pool): Promise<{ kind: string; open: number }[]> {
  const { rows } = await pool.query<{ kind: string; open: number }>(
    `SELECT c.kind, sum(c.open_letters + coalesce(d.open_letters, 0))::float8 AS open
     FROM cause c LEFT JOIN (SELECT cause_id, sum(open_letters) AS open_letters FROM cause_delta GROUP BY cause_id) d ON d.cause_id = c.id
     GROUP BY c.kind`,
  )
  return rows
}

/** What the reconciler found last; undefined before its first run. */
export async function readReconciliation(pool: Pool): Promise<{ differences: number; ageSeconds: number } | undefined> {
  const { rows } = await pool.query<{ differences: number; ageSeconds: number }>(
    'SELECT differences, extract(epoch FROM now() - at)::float8 AS "ageSeconds" FROM reconciliation ORDER BY id DESC LIMIT 1',
  )
  return rows[0]
}
