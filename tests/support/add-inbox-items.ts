// In-app rows as the fan-out leaves them: sequence taken and row written in one transaction.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { InboxArrival } from '#services/inbox/index.ts'
import { newUuid } from '#shared/ids.ts'

/** Returns what publishInbox() takes. */
export async function addInboxItems(pool: Pool, workspaceId: string, recipientId: string, count: number): Promise<InboxArrival[]> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<{ last: number }>(
      `INSERT INTO inbox_sequence (workspace_id, recipient_id, last_sequence) VALUES ($1, $2, $3)
       ON CONFLICT (workspace_id, recipient_id) DO UPDATE SET last_sequence = inbox_sequence.last_sequence + $3 RETURNING last_sequence AS last`,
      [workspaceId, recipientId, count],
    )
    const sequences = Array.from({ length: count }, (_, index) => rows[0]!.last - count + 1 + index)
    await client.query(
      `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, content, sequence)
       SELECT $1, id, gen_random_uuid(), gen_random_uuid(), $2, 'welcome', 1, 'bell', 'in-app',
         json_build_object('title', 'Title ' || sequence, 'body', 'Body', 'url', 'https://example.com/' || sequence)::text, sequence
       FROM unnest($3::uuid[], $4::bigint[]) AS rows (id, sequence)`,
      [workspaceId, recipientId, sequences.map(() => newUuid()), sequences],
    )
    return sequences.map((sequence) => ({ workspaceId, recipientId, sequence }))
  })
}
