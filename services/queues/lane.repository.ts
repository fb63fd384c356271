// Lanes in SQL. A lane is a share of a queue: a workspace, or for webhooks an endpoint. Found by index skips, counted to a bound.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

/** Rows of one lane that are counted: a longer backlog is said to be at least so long. */
export const countedRows = 100_000

export interface LaneRow {
  lane: string
  endpointId: string | null
  name: string
  workspaceId: string
  workspaceKey: string
  workspaceName: string
  failing: boolean
  waiting: number
  inRedis: number
  active: number
  delayed: number
  held: number
  oldestAgeMs: number
  limit: number | null
  limitedAt: Date | null
  limitedBy: string | null
  limitedReason: string | null
}

const free = 'o.queue = $1 AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect'
const counted = (condition: string): string =>
  `(SELECT count(*)::int FROM (SELECT FROM outbox o WHERE ${free} AND ${condition} LIMIT ${countedRows}) x)`

/** Every lane that has rows or a limit of its own, and the one named by `also`. */
export async function readLanes(pool: Pool, queue: QueueName, also: string | null = null): Promise<LaneRow[]> {
  const { rows } = await pool.query<LaneRow>({
    name: 'lanes-read',
    text: `
WITH RECURSIVE found AS (
  (SELECT lane FROM outbox WHERE queue = $1 AND NOT leased AND NOT suspect ORDER BY lane LIMIT 1)
  UNION ALL
  SELECT next.lane FROM found f CROSS JOIN LATERAL
    (SELECT o.lane FROM outbox o WHERE o.queue = $1 AND NOT o.leased AND NOT o.suspect AND o.lane > f.lane ORDER BY o.lane LIMIT 1) next
), others AS (
  SELECT lane, count(*) FILTER (WHERE lease_owner IS NULL AND due_at <= now())::int AS unstarted,
    count(*) FILTER (WHERE leased AND lease_owner IS NULL AND due_at <= now())::int AS in_redis,
    count(*) FILTER (WHERE lease_owner IS NOT NULL)::int AS active, count(*) FILTER (WHERE lease_owner IS NULL AND due_at > now())::int AS delayed,
    min(due_at) FILTER (WHERE lease_owner IS NULL) AS first_due
  FROM (
    SELECT lane, leased, lease_owner, due_at FROM outbox WHERE queue = $1 AND leased
    UNION ALL SELECT lane, leased, lease_owner, due_at FROM outbox WHERE queue = $1 AND NOT leased AND suspect
  ) o GROUP BY lane
), lanes AS (
  SELECT lane FROM found UNION SELECT lane FROM others UNION SELECT lane FROM lane_limit WHERE queue = $1 UNION SELECT $3::uuid WHERE $3::uuid IS NOT NULL
)
SELECT l.lane, e.id AS "endpointId", coalesce(e.url, w.name) AS name, w.id AS "workspaceId", w.key AS "workspaceKey", w.name AS "workspaceName",
  e.failing_since IS NOT NULL AS failing,
  ${counted('o.due_at <= now()')} + coalesce(x.unstarted, 0) AS waiting, coalesce(x.in_redis, 0) AS "inRedis", coalesce(x.active, 0) AS active,
  ${counted("o.due_at > now() AND o.due_at < 'infinity'")} + coalesce(x.delayed, 0) AS delayed, ${counted("o.due_at = 'infinity'")} AS held,
  greatest(0, round(extract(epoch FROM now() - least(x.first_due, (SELECT min(o.due_at) FROM outbox o WHERE ${free}))) * 1000))::float8 AS "oldestAgeMs",
  m.rows AS limit, m.set_at AS "limitedAt", m.set_by AS "limitedBy", m.reason AS "limitedReason"
FROM lanes l
LEFT JOIN endpoint e ON $2::boolean AND e.id = l.lane
JOIN workspace w ON w.id = CASE WHEN $2 THEN e.workspace_id ELSE l.lane END
LEFT JOIN others x ON x.lane = l.lane
LEFT JOIN lane_limit m ON m.queue = $1 AND m.lane = l.lane`,
    values: [queue, queue === 'delivery-webhook', also],
  })
  return rows.map((row) => ({ ...row, oldestAgeMs: Number.isFinite(row.oldestAgeMs) ? row.oldestAgeMs : 0 }))
}

/** The workspace of a key, or the endpoint of an id: null when there is none. */
export async function findLane(
  client: Pool | PoolClient,
  queue: QueueName,
  lane: { uuid: string | null; key: string },
): Promise<string | null> {
  const { rows } =
    queue === 'delivery-webhook'
      ? await client.query('SELECT id FROM endpoint WHERE id = $1::uuid AND deleted_at IS NULL', [lane.uuid])
      : await client.query('SELECT id FROM workspace WHERE key = $1', [lane.key])
  return (rows[0]?.id as string | undefined) ?? null
}

/** Sets or takes back (null) the limit of a lane. Answers what it was; `undefined` for none. */
export async function setLaneLimit(
  client: PoolClient,
  queue: QueueName,
  lane: string,
  limit: { rows: number; by: string; reason: string } | null,
): Promise<number | null> {
  // The relay reads limits beside the queue's own row.
  await client.query('INSERT INTO queue_setting (name) VALUES ($1) ON CONFLICT (name) DO NOTHING', [queue])
  const { rows } = await client.query<{ rows: number }>('SELECT rows FROM lane_limit WHERE queue = $1 AND lane = $2 FOR UPDATE', [
    queue,
    lane,
  ])
  if (limit) {
    await client.query(
      `INSERT INTO lane_limit (queue, lane, rows, set_by, reason) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (queue, lane) DO UPDATE SET rows = $3, set_at = now(), set_by = $4, reason = $5`,
      [queue, lane, limit.rows, limit.by, limit.reason],
    )
  } else await client.query('DELETE FROM lane_limit WHERE queue = $1 AND lane = $2', [queue, lane])
  return rows[0]?.rows ?? null
}
