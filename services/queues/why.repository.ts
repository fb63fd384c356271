// What "why is this job not running?" needs beside the job itself.
import type { Pool } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'
import { liveProcess } from './queue-setting.repository.ts'

/** Rows of one lane that are counted before a job. */
const countedRows = 100_000

export interface WhyRow {
  dueInMs: number
  endpointEnabled: boolean | null
  disabledReason: string | null
  endpointFailing: boolean
  /** Who holds its provider, and why. */
  hold: { by: string; reason: string } | null
  /** Free rows of its lane that are due before it. */
  ownFree: number
  /** Handed over and not started, due before it: of its lane, of others. */
  ownRedis: number
  otherRedis: number
  handedOver: number
  liveWorkers: number
  lastSeenMs: number | null
}

/** In one statement, so in one snapshot. */
export async function readWhy(
  pool: Pool,
  queue: QueueName,
  job: { id: string; kind: string; lane: string; endpointId: string | null },
): Promise<WhyRow | null> {
  const { rows } = await pool.query<WhyRow>({
    name: 'job-why',
    text: `
WITH me AS (SELECT * FROM outbox WHERE id = $1 AND kind = $2), handed AS (
  SELECT count(*) FILTER (WHERE o.lane = $4 AND o.due_at <= now())::int AS mine,
    count(*) FILTER (WHERE o.lane = $4 AND o.lease_owner IS NULL AND (o.due_at, o.id) < (me.due_at, me.id))::int AS own,
    count(*) FILTER (WHERE o.lane <> $4 AND o.lease_owner IS NULL AND o.due_at <= now() AND (NOT me.leased OR o.due_at < me.due_at))::int AS others
  FROM outbox o, me WHERE o.queue = $3 AND o.leased AND o.id <> me.id
)
SELECT CASE WHEN me.due_at = 'infinity' THEN 0 ELSE (extract(epoch FROM me.due_at - now()) * 1000)::float8 END AS "dueInMs",
  p.state = 'enabled' AND p.deleted_at IS NULL AS "endpointEnabled", p.disabled_reason AS "disabledReason", coalesce(p.failing_since IS NOT NULL, false) AS "endpointFailing",
  (SELECT json_build_object('by', v.held_by, 'reason', v.reason) FROM provider_hold v WHERE 'delivery-' || v.provider = $3) AS hold,
  -- What is of a higher priority and due, and what is of the same and longer due: in the order of the relay's claims.
  CASE WHEN me.leased THEN 0 ELSE (SELECT count(*)::int FROM (SELECT FROM (VALUES (1), (0), (-1)) AS c(priority) CROSS JOIN LATERAL (
    SELECT FROM outbox o WHERE o.queue = $3 AND o.lane = $4 AND NOT o.leased AND NOT o.suspect
      AND (o.priority, o.due_at) >= (c.priority, '-infinity'::timestamptz) AND (o.priority, o.due_at) <= (c.priority, now())
      AND (c.priority > me.priority OR (o.due_at, o.id) < (me.due_at, me.id)) LIMIT ${countedRows}
  ) turn WHERE c.priority >= me.priority LIMIT ${countedRows}) x) END AS "ownFree",
  h.own AS "ownRedis", h.others AS "otherRedis", h.mine AS "handedOver",
  (SELECT count(*)::int FROM process WHERE ${liveProcess} AND concurrency ? $3) AS "liveWorkers",
  (SELECT min(extract(epoch FROM now() - last_seen_at) * 1000)::float8 FROM process WHERE ${liveProcess} AND concurrency ? $3) AS "lastSeenMs"
FROM me CROSS JOIN handed h LEFT JOIN endpoint p ON p.id = $5`,
    values: [job.id, job.kind, queue, job.lane, job.endpointId],
  })
  return rows[0] ?? null
}
