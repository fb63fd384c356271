// The same effect as `recordFanOut` for what most events are: nobody but endpoints, whole, nothing held. No notification, no inbox
// and no page makes it a third of the general statement: measured by bench/statement-cost.ts.
import { sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { FanOutEffect, FanOutResult } from './fan-out.repository.ts'
import type { PlannedDelivery } from './planned-delivery.ts'

/**
 * $2..$5 lie in the order of the events' ids, $6..$8 are the deliveries, event by event: those of event number k stand from
 * first[k] to before first[k + 1].
 */
const at = 'width_bucket(o.id, $2::uuid[])'
const effectSql = `
WITH gone AS (
  DELETE FROM outbox o
  WHERE o.id = ANY($2::uuid[]) AND o.kind = 'fan-out' AND o.dispatches = ($3::int[])[${at}] AND o.lease_owner = $1::uuid
  RETURNING o.id, o.workspace_id, o.priority, ${at} AS k
), p AS (
  SELECT ($6::uuid[])[i] AS id, g.id AS event_id, g.workspace_id, g.priority, ($7::uuid[])[i] AS endpoint_id, ($8::boolean[])[i] AS mine
  FROM gone g CROSS JOIN LATERAL generate_series(($5::int[])[g.k], ($5::int[])[g.k + 1] - 1) i
), deliveries AS (
  INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, recipient_id, state, version, tries)
  SELECT workspace_id, id, event_id, 'webhook', 'end_' || replace(endpoint_id::text, '-', ''), endpoint_id, '',
         CASE WHEN mine THEN 'sending' ELSE 'pending' END, mine::int, mine::int
  FROM p
), work AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_owner, dispatches, starts, priority)
  SELECT id, 'deliver', workspace_id, 'delivery-webhook', endpoint_id, now(), mine, CASE WHEN mine THEN $1::uuid END, mine::int, mine::int, priority FROM p
), attempts AS (
  INSERT INTO attempt (delivery_id, number, workspace_id) SELECT id, 1, workspace_id FROM p WHERE mine
), events AS (
  UPDATE event e SET fanned_out = true, open_deliveries = e.open_deliveries + ($5::int[])[g.k + 1] - ($5::int[])[g.k], state = 'processing'
  FROM gone g WHERE e.workspace_id = g.workspace_id AND e.id = g.id
  RETURNING e.workspace_id, (e.accepted_at AT TIME ZONE 'UTC')::date AS day, ($4::boolean[])[g.k] AS was_scheduled, ($5::int[])[g.k + 1] - ($5::int[])[g.k] AS created
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, events_pending, events_scheduled, deliveries_created, deliveries_pending)
  SELECT workspace_id, day, sum(was_scheduled::int), -sum(was_scheduled::int), sum(created), sum(created) FROM events GROUP BY 1, 2
)
SELECT id FROM gone`

/** True when `recordEndpointFanOut` may record it: every event has a delivery, all go to endpoints that take them. */
export function isForEndpointsOnly(events: readonly FanOutEffect[], planned: readonly PlannedDelivery[]): boolean {
  if (events.some((event) => event.expired || event.replayed)) return false
  if (planned.some((delivery) => delivery.endpointId === null || (delivery.state !== 'sending' && delivery.state !== 'pending')))
    return false
  return new Set(planned.map((delivery) => delivery.eventId)).size === events.length
}

/** Like `recordFanOut` without a cursor, for what `isForEndpointsOnly`. */
export async function recordEndpointFanOut(
  client: Pool | PoolClient,
  owner: string,
  events: FanOutEffect[],
  planned: PlannedDelivery[],
): Promise<FanOutResult> {
  const inOrder = [...events].sort((a, b) => (a.id < b.id ? -1 : 1))
  const byEvent = Map.groupBy(planned, (delivery) => delivery.eventId)
  const deliveries: PlannedDelivery[] = []
  const first: number[] = []
  for (const event of inOrder) {
    first.push(deliveries.length + 1)
    deliveries.push(...byEvent.get(event.id)!)
  }
  first.push(deliveries.length + 1)
  const { rows } = await client.query<{ id: string }>({
    name: 'fan-out-endpoints',
    text: effectSql,
    values: [
      owner,
      sqlArray(inOrder.map((event) => event.id)),
      sqlArray(inOrder.map((event) => event.n)),
      sqlArray(inOrder.map((event) => event.wasScheduled)),
      sqlArray(first),
      sqlArray(deliveries.map((delivery) => delivery.id)),
      sqlArray(deliveries.map((delivery) => delivery.endpointId)),
      sqlArray(deliveries.map((delivery) => delivery.handOver === 'mine')),
    ],
  })
  return { eventIds: new Set(rows.map((row) => row.id)), inbox: [] }
}
