// Notifications by their delivery's state, for those who find them by something else: a state is in no index of text.
import type { Pool } from '#platform/postgres/index.ts'
import type { Channel, DeliveryState } from '#shared/contracts/event.ts'
import { stateCandidates } from '../delivery/index.ts'

/** The ids of all that may be in this state (of this channel), or null when they are too many to name: `notificationsThatAre` says which are. */
export async function notificationsThatMayBe(
  pool: Pool,
  workspaceId: string,
  state: DeliveryState,
  channel: Channel | undefined,
): Promise<string[] | null> {
  const deliveries = await stateCandidates(pool, workspaceId, state, channel ? [channel] : ['email', 'in-app'])
  if (deliveries === null) return null
  const { rows } = await pool.query<{ id: string }>(
    'SELECT notification_id AS id FROM delivery WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND notification_id IS NOT NULL',
    [workspaceId, deliveries],
  )
  return rows.map((row) => row.id)
}

/** Those of these that are in this state. */
export async function notificationsThatAre(
  pool: Pool,
  workspaceId: string,
  state: DeliveryState,
  ids: readonly string[],
): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT n.id FROM notification n JOIN delivery d ON d.workspace_id = n.workspace_id AND d.id = n.delivery_id
     WHERE n.workspace_id = $1 AND n.id = ANY($2::uuid[]) AND d.state = $3`,
    [workspaceId, ids, state],
  )
  return new Set(rows.map((row) => row.id))
}
