// Deliveries with all that explains them: attempts, letter, endpoint, message, and what they wait for.
import type { Pool } from '#platform/postgres/index.ts'
import { publicId, publicIdOrNull } from '#shared/ids.ts'
import type { AttemptFact, DeliveryFact, EndpointFact } from './explain-facts.ts'
import { readLetters, waitingJson, waitingOf, type WaitingRow } from './explain.repository.ts'

interface DeliveryRow extends Omit<DeliveryFact, 'endpoint' | 'attempts' | 'letter' | 'waiting'> {
  eventId: string
  endpointId: string | null
  endpointUrl: string | null
  disabledReason: string | null
  disabledAt: Date | null
  deletedAt: Date | null
  work: WaitingRow | null
}

const columns = `d.id, d.event_id AS "eventId", d.notification_id AS "notificationId", d.channel, nullif(d.recipient_id, '') AS "recipientId", d.source, d.generation,
  d.previous_id AS "previousId", d.state, d.reason, d.created_at AS "createdAt", d.finished_at AS "finishedAt", d.next_attempt_at AS "nextAttemptAt",
  n.workflow_key AS "workflowKey", n.address, n.sequence, n.read_at AS "readAt", n.archived_at AS "archivedAt",
  d.endpoint_id AS "endpointId", p.url AS "endpointUrl", p.disabled_reason AS "disabledReason", p.disabled_at AS "disabledAt", p.deleted_at AS "deletedAt",
  (SELECT ${waitingJson} FROM outbox o LEFT JOIN queue_setting q ON q.name = o.queue WHERE o.id = d.id AND o.kind = 'deliver') AS work`

const joins = `LEFT JOIN LATERAL (SELECT * FROM notification n WHERE n.workspace_id = d.workspace_id AND n.id = d.notification_id OFFSET 0) n ON true
  LEFT JOIN endpoint p ON p.workspace_id = d.workspace_id AND p.id = d.endpoint_id`

/** Of one recipient in these events (UUIDs), oldest first, by event. */
export async function readDeliveriesOfPair(
  pool: Pool,
  workspaceId: string,
  eventIds: string[],
  recipientId: string,
): Promise<Map<string, DeliveryFact[]>> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT ${columns} FROM unnest($2::uuid[]) AS k(id)
     CROSS JOIN LATERAL (SELECT * FROM delivery d WHERE d.workspace_id = $1 AND d.event_id = k.id AND d.recipient_id = $3 ORDER BY d.id LIMIT 200) d ${joins} ORDER BY d.id`,
    [workspaceId, eventIds, recipientId],
  )
  const facts = await withProof(pool, workspaceId, rows)
  return Map.groupBy(facts, (_, index) => rows[index]!.eventId) as Map<string, DeliveryFact[]>
}

/** In this order a person has to know of them. */
const worstFirst = `CASE d.state WHEN 'dead' THEN 0 WHEN 'retrying' THEN 1 WHEN 'held' THEN 2 WHEN 'maybe-sent' THEN 3 WHEN 'sending' THEN 4 WHEN 'pending' THEN 5 WHEN 'cancelled' THEN 6 ELSE 7 END`

/** Of a whole event: some of those that did not arrive, worst first; and of those that did, the ones that took longest. */
export async function readNotableDeliveries(
  pool: Pool,
  workspaceId: string,
  eventId: string,
  count: { missing: number; late: number },
): Promise<{ missing: DeliveryFact[]; late: DeliveryFact[] }> {
  const newest = `(SELECT * FROM (SELECT DISTINCT ON (source, recipient_id) * FROM delivery WHERE workspace_id = $1 AND event_id = $2
    ORDER BY source, recipient_id, (state = 'delivered') DESC, generation DESC) d WHERE`
  const [missing, late] = await Promise.all([
    pool.query<DeliveryRow>(
      `SELECT ${columns} FROM ${newest} d.state <> 'delivered' ORDER BY ${worstFirst}, d.id LIMIT $3) d ${joins} ORDER BY ${worstFirst}, d.id`,
      [workspaceId, eventId, count.missing],
    ),
    pool.query<DeliveryRow>(
      `SELECT ${columns} FROM ${newest} d.state = 'delivered' ORDER BY d.tries DESC, d.finished_at DESC, d.id LIMIT $3) d ${joins} ORDER BY d.finished_at DESC, d.id`,
      [workspaceId, eventId, count.late],
    ),
  ])
  return { missing: await withProof(pool, workspaceId, missing.rows), late: await withProof(pool, workspaceId, late.rows) }
}

async function withProof(pool: Pool, workspaceId: string, rows: DeliveryRow[]): Promise<DeliveryFact[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const [{ rows: attempts }, letters] = await Promise.all([
    pool.query<AttemptFact & { deliveryId: string }>(
      `SELECT a.delivery_id AS "deliveryId", a.number, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.outcome, a.status_code AS "statusCode", a.error
       FROM attempt a WHERE a.workspace_id = $1 AND a.delivery_id = ANY($2::uuid[]) ORDER BY a.delivery_id, a.number`,
      [workspaceId, ids],
    ),
    readLetters(pool, workspaceId, 'delivery', ids),
  ])
  const byDelivery = Map.groupBy(attempts, (attempt) => attempt.deliveryId)
  return rows.map(({ eventId: _, endpointId, endpointUrl, disabledReason, disabledAt, deletedAt, work, ...row }) => ({
    ...row,
    id: publicId('delivery', row.id),
    notificationId: publicIdOrNull('notification', row.notificationId),
    previousId: publicIdOrNull('delivery', row.previousId),
    endpoint: endpointId ? endpointOf(endpointId, endpointUrl, { disabledReason, disabledAt, deletedAt }) : null,
    attempts: (byDelivery.get(row.id) ?? []).map(({ deliveryId: __, ...attempt }) => attempt),
    letter: letters.get(row.id) ?? null,
    waiting: waitingOf(work),
  }))
}

function endpointOf(id: string, url: string | null, rest: Omit<EndpointFact, 'id' | 'name'>): EndpointFact {
  const parsed = url && URL.canParse(url) ? new URL(url) : null
  return {
    id: publicId('endpoint', id),
    name: parsed ? parsed.host + (parsed.pathname === '/' ? '' : parsed.pathname) : 'an endpoint that is gone',
    ...rest,
  }
}
