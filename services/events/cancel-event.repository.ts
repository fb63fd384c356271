import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { Fault } from '#shared/fault.ts'
import type { EventState } from '#shared/contracts/event.ts'

/**
 * Cancels what has not been sent: one transaction. What is being sent ends as its attempt ends, without a retry.
 * Lock order: outbox, delivery, event. Faults: not-found; conflict when the event has ended already.
 */
export async function cancelEvent(pool: Pool, workspaceId: string, eventId: string): Promise<void> {
  await transaction(pool, (client) => cancelEventIn(client, workspaceId, eventId))
}

/** The same inside the caller's transaction. -> how many deliveries were cancelled with it. */
export async function cancelEventIn(client: PoolClient, workspaceId: string, eventId: string, reason = 'cancelled'): Promise<number> {
  // Waits for a fan-out that is being recorded; after it, no further one can begin.
  const { rowCount: undone } = await client.query("DELETE FROM outbox WHERE id = $1 AND kind = 'fan-out' AND workspace_id = $2", [
    eventId,
    workspaceId,
  ])
  await client.query(
    "SELECT o.id FROM outbox o JOIN delivery d ON d.id = o.id AND d.workspace_id = o.workspace_id WHERE d.event_id = $1 AND d.workspace_id = $2 AND o.kind = 'deliver' ORDER BY o.id FOR UPDATE OF o",
    [eventId, workspaceId],
  )
  const { rows: cancelled } = await client.query(
    `WITH c AS (
         UPDATE delivery d SET state = 'cancelled', reason = 'event cancelled', next_attempt_at = NULL, finished_at = now()
         FROM (SELECT workspace_id, id, state FROM delivery WHERE workspace_id = $2 AND event_id = $1 AND state IN ('pending', 'retrying', 'held') ORDER BY id FOR UPDATE) before
         WHERE d.workspace_id = before.workspace_id AND d.id = before.id
         RETURNING d.id, before.state
       ), gone AS (DELETE FROM outbox o USING c WHERE o.id = c.id AND o.kind = 'deliver')
       SELECT state, count(*)::int AS count FROM c GROUP BY state`,
    [eventId, workspaceId],
  )
  const { rows } = await client.query<{ state: EventState; day: string; acceptedAt: Date }>(
    `SELECT state, (accepted_at AT TIME ZONE 'UTC')::date::text AS day FROM event WHERE workspace_id = $1 AND id = $2 FOR UPDATE`,
    [workspaceId, eventId],
  )
  const event = rows[0]
  if (!event) throw new Fault('not-found', 'There is no such event')
  if (!['scheduled', 'accepted', 'processing'].includes(event.state)) {
    throw new Fault('conflict', `The event has ended already: it is ${event.state}`)
  }
  const held = cancelled.find((row) => row.state === 'held')?.count ?? 0
  const closed = cancelled.reduce((sum, row) => sum + (row.count as number), 0)
  await client.query(
    "UPDATE event SET state = 'cancelled', cancelled_at = now(), reason = $5, open_deliveries = open_deliveries - $3, fanned_out = fanned_out OR $4 WHERE workspace_id = $1 AND id = $2",
    [workspaceId, eventId, closed, (undone ?? 0) > 0, reason],
  )
  await client.query(
    `INSERT INTO ledger_delta (workspace_id, day, events_pending, events_scheduled, events_cancelled, deliveries_pending, deliveries_held, deliveries_cancelled)
       VALUES ($1, $2, $3, $4, 1, $5, $6, $7)`,
    [workspaceId, event.day, event.state === 'scheduled' ? 0 : -1, event.state === 'scheduled' ? -1 : 0, -(closed - held), -held, closed],
  )
  return closed
}
