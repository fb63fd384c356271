// Cancels single deliveries that nobody is sending: what an operator removes from a queue.
import type { PoolClient } from '#platform/postgres/index.ts'
import { recordDeliveryResults } from './delivery.repository.ts'
import { countHeld } from './endpoint-hold.repository.ts'

/**
 * Cancels those of these deliveries that wait, are retried or are held; what is being sent stays. Answers the ids that were cancelled.
 * A worker that holds one untried finds its row gone and drops it (protocol). Lock order: outbox, delivery, event.
 */
export async function cancelDeliveries(client: PoolClient, workspaceId: string, ids: readonly string[], reason: string): Promise<string[]> {
  await client.query("SELECT FROM outbox WHERE id = ANY($1::uuid[]) AND kind = 'deliver' AND workspace_id = $2 ORDER BY id FOR UPDATE", [
    ids,
    workspaceId,
  ])
  const { rows } = await client.query<{ id: string; eventId: string; version: number; state: string }>(
    `SELECT id, event_id AS "eventId", version, state FROM delivery
     WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state IN ('pending', 'retrying', 'held') ORDER BY id FOR UPDATE`,
    [workspaceId, ids],
  )
  const held = rows.filter((row) => row.state === 'held')
  if (held.length > 0) {
    await client.query("UPDATE delivery SET state = 'pending' WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'held'", [
      workspaceId,
      held.map((row) => row.id),
    ])
    await countHeld(
      client,
      workspaceId,
      held.map((row) => row.eventId),
      -1,
    )
  }
  const states = await recordDeliveryResults(
    client,
    rows.map((row) => ({
      workspaceId,
      deliveryId: row.id,
      eventId: row.eventId,
      version: row.version,
      state: 'cancelled' as const,
      outcome: null,
      statusCode: null,
      errorCode: null,
      error: null,
      durationMs: null,
      retryInMs: null,
      reason,
    })),
  )
  return [...states.keys()]
}
