// The same effect as `recordDeliveryResults` for what most results are: delivered, at an attempt that is open. Nothing to put
// back, no words to keep: two thirds of the general statement's CPU, measured by bench/statement-cost.ts.
import { sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { DeliveryState } from '#shared/contracts/event.ts'
import type { DeliveryResult } from './delivery.repository.ts'

/** $1 and $3.. lie in the order of the deliveries' ids, $2. Lock order as everywhere: outbox, delivery, event, each by id. */
const recordSql = `
WITH locked AS (
  SELECT o.id, width_bucket(o.id, $2::uuid[]) AS k FROM outbox o WHERE o.id = ANY($2::uuid[]) AND o.kind = 'deliver' ORDER BY o.id FOR UPDATE
), d AS (
  UPDATE delivery d SET state = 'delivered', reason = NULL, next_attempt_at = NULL, finished_at = now()
  FROM locked l
  WHERE d.workspace_id = ($1::uuid[])[l.k] AND d.id = l.id AND d.version = ($3::int[])[l.k] AND d.state = 'sending'
  RETURNING d.id, d.workspace_id, d.event_id, d.letter_id, d.version, l.k
), attempts AS (
  UPDATE attempt a SET outcome = 'delivered', status_code = ($4::smallint[])[d.k], error_code = NULL, error = NULL, duration_ms = ($5::int[])[d.k]
  FROM d WHERE a.delivery_id = d.id AND a.number = d.version
), done AS (
  DELETE FROM outbox o USING d WHERE o.id = d.id AND o.kind = 'deliver'
), events AS (
  UPDATE event e SET open_deliveries = e.open_deliveries - t.closed,
    state = CASE WHEN e.state = 'processing' AND e.fanned_out AND e.open_deliveries = t.closed THEN 'completed' ELSE e.state END,
    completed_at = CASE WHEN e.state = 'processing' AND e.fanned_out AND e.open_deliveries = t.closed THEN now() ELSE e.completed_at END
  FROM (SELECT workspace_id, event_id, count(*)::int AS closed FROM d GROUP BY 1, 2 ORDER BY 2) t
  WHERE e.workspace_id = t.workspace_id AND e.id = t.event_id
  RETURNING e.workspace_id, (e.accepted_at AT TIME ZONE 'UTC')::date AS day, t.closed, (e.state = 'completed' AND e.completed_at = now()::timestamptz(3))::int AS completed
), letters AS (
  UPDATE dead_letter l SET outcome = 'fixed' FROM d WHERE d.letter_id IS NOT NULL AND l.workspace_id = d.workspace_id AND l.id = d.letter_id AND l.outcome IS NULL
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, deliveries_pending, deliveries_delivered, events_pending, events_completed)
  SELECT workspace_id, day, -sum(closed), sum(closed), -sum(completed), sum(completed) FROM events GROUP BY 1, 2
)
SELECT id FROM d`

/** True when `recordDelivered` may record it. The first call on a new connection has that to keep; all others on it have not. */
export function isPlainlyDelivered(result: DeliveryResult): boolean {
  return result.state === 'delivered' && result.outcome === 'delivered' && result.reason === null && result.error === null && !result.dial
}

/** Like `recordDeliveryResults`, for results that are all `isPlainlyDelivered`. */
export async function recordDelivered(client: Pool | PoolClient, results: DeliveryResult[]): Promise<Map<string, DeliveryState>> {
  const inOrder = [...results].sort((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1))
  const { rows } = await client.query<{ id: string }>({
    name: 'deliver-record-delivered',
    text: recordSql,
    values: [
      sqlArray(inOrder.map((result) => result.workspaceId)),
      sqlArray(inOrder.map((result) => result.deliveryId)),
      sqlArray(inOrder.map((result) => result.version)),
      sqlArray(inOrder.map((result) => result.statusCode)),
      sqlArray(inOrder.map((result) => result.durationMs)),
    ],
  })
  return new Map(rows.map((row) => [row.id, 'delivered']))
}
