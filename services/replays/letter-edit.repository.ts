import type { PoolClient } from '#platform/postgres/index.ts'

/** A letter with what can be edited of it, locked. */
export async function findLetterForEdit(
  client: PoolClient,
  workspaceId: string,
  letterId: string,
): Promise<{ state: string; eventId: string; deliveryId: string | null; channel: string | null; content: string | null } | null> {
  const { rows } = await client.query(
    `SELECT l.state, l.event_id AS "eventId", l.delivery_id AS "deliveryId", l.channel, n.content FROM dead_letter l
     LEFT JOIN delivery d ON d.workspace_id = l.workspace_id AND d.id = l.delivery_id
     LEFT JOIN notification n ON n.workspace_id = d.workspace_id AND n.id = d.notification_id
     WHERE l.workspace_id = $1 AND l.id = $2 FOR UPDATE OF l`,
    [workspaceId, letterId],
  )
  return rows[0] ?? null
}
