// Resend: the same message once more, as a new delivery of the next generation that is linked to the old one.
// Lock order: outbox (a new row), delivery, event.
import type { PoolClient } from '#platform/postgres/index.ts'
import type { Channel, DeliveryState } from '#shared/contracts/event.ts'
import { Fault } from '#shared/fault.ts'
import { indexCte } from '../outbox/index.ts'
import { dayOf } from './delivery.repository.ts'

export interface ResendableDelivery {
  id: string
  eventId: string
  notificationId: string | null
  channel: Channel
  state: DeliveryState
  endpointId: string | null
  endpointDeleted: boolean
  eventCancelled: boolean
  eventExpired: boolean
}

/** The delivery, locked, with what decides whether it may go out again; null when there is none. */
export async function lockForResend(client: PoolClient, workspaceId: string, id: string): Promise<ResendableDelivery | null> {
  const { rows } = await client.query<ResendableDelivery>(
    `SELECT d.id, d.event_id AS "eventId", d.notification_id AS "notificationId", d.channel, d.state, d.endpoint_id AS "endpointId",
       d.endpoint_id IS NOT NULL AND NOT EXISTS (SELECT FROM endpoint p WHERE p.workspace_id = $1 AND p.id = d.endpoint_id AND p.deleted_at IS NULL) AS "endpointDeleted",
       e.cancelled_at IS NOT NULL AS "eventCancelled", coalesce(e.expires_at <= now(), false) AS "eventExpired"
     FROM delivery d JOIN event e ON e.workspace_id = d.workspace_id AND e.id = d.event_id
     WHERE d.workspace_id = $1 AND d.id = $2 FOR UPDATE OF d`,
    [workspaceId, id],
  )
  return rows[0] ?? null
}

/**
 * Writes the copy: notification, delivery, outbox row, the event's count, ledger. A mail goes to the address that the
 * recipient has now: the one it had may be the reason for the resend.
 */
export async function insertResend(
  client: PoolClient,
  workspaceId: string,
  old: ResendableDelivery,
  ids: { delivery: string; notification: string },
): Promise<void> {
  // The event's lock first: two resends of one lineage take their generations one after the other.
  await client.query('UPDATE event SET open_deliveries = open_deliveries + 1 WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    old.eventId,
  ])
  if (old.notificationId) {
    const { rowCount } = await client.query(
      `WITH written AS (INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content)
       SELECT n.workspace_id, $3, n.event_id, $4, n.recipient_id, n.workflow_key, n.workflow_version, n.step_id, n.channel,
         CASE WHEN n.channel = 'email' THEN coalesce(r.email, n.address) ELSE n.address END, n.subject, n.content
       FROM notification n LEFT JOIN recipient r ON r.workspace_id = n.workspace_id AND r.id = n.recipient_id
       WHERE n.workspace_id = $1 AND n.id = $2 RETURNING workspace_id, id), ${indexCte('searchable', 'notification', 'written')} SELECT FROM written`,
      [workspaceId, old.notificationId, ids.notification, ids.delivery],
    )
    if (rowCount !== 1) throw new Fault('conflict', 'Its message was deleted with its recipient.')
  }
  await client.query(
    `INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, endpoint_id, recipient_id, generation, previous_id, state, override)
     SELECT d.workspace_id, $3, d.event_id, $4, d.channel, d.source, d.endpoint_id, d.recipient_id,
       (SELECT max(g.generation) + 1 FROM delivery g WHERE g.event_id = d.event_id AND g.source = d.source AND g.recipient_id = d.recipient_id), d.id, 'pending', d.override
     FROM delivery d WHERE d.workspace_id = $1 AND d.id = $2`,
    [workspaceId, old.id, ids.delivery, old.notificationId ? ids.notification : null],
  )
  await client.query(
    "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'deliver', $2, 'delivery-' || $3::text, $4, now(), false)",
    [ids.delivery, workspaceId, old.channel, old.channel === 'webhook' ? old.endpointId : workspaceId],
  )
  await client.query('INSERT INTO ledger_delta (workspace_id, day, deliveries_created, deliveries_pending) VALUES ($1, $2, 1, 1)', [
    workspaceId,
    dayOf(old.eventId),
  ])
  await client.query("SELECT pg_notify('outbox', '')")
}
