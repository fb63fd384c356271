import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import { indexCte } from '../outbox/index.ts'

/** Gives the inbox message its number, once: a repeat answers the number it has. */
export async function storeInboxMessage(
  client: PoolClient,
  workspaceId: string,
  notificationId: string,
  recipientId: string,
): Promise<number> {
  const { rows: known } = await client.query('SELECT sequence FROM notification WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [
    workspaceId,
    notificationId,
  ])
  if (known[0]?.sequence !== null && known[0]?.sequence !== undefined) return known[0].sequence
  const { rows } = await client.query(
    `WITH s AS (
       INSERT INTO inbox_sequence (workspace_id, recipient_id, last_sequence) VALUES ($1, $3, 1)
       ON CONFLICT (workspace_id, recipient_id) DO UPDATE SET last_sequence = inbox_sequence.last_sequence + 1 RETURNING last_sequence
     ) UPDATE notification SET sequence = s.last_sequence FROM s WHERE workspace_id = $1 AND id = $2 RETURNING sequence`,
    [workspaceId, notificationId, recipientId],
  )
  return rows[0].sequence
}

/** Keeps what was rendered late, so that the next try sends the same words. */
export async function storeRendered(
  pool: Pool,
  workspaceId: string,
  notificationId: string,
  content: string,
  subject: string | null,
): Promise<void> {
  await pool.query(
    `WITH written AS (UPDATE notification SET content = $3, subject = coalesce($4, subject) WHERE workspace_id = $1 AND id = $2 RETURNING workspace_id, id),
       ${indexCte('searchable', 'notification', 'written')} SELECT FROM written`,
    [workspaceId, notificationId, content, subject],
  )
}

/** The recipient as templates see it. */
export async function readRecipientForRender(pool: Pool, workspaceId: string, recipientId: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query(
    'SELECT id, email, phone, locale, time_zone AS "timeZone", attributes FROM recipient WHERE workspace_id = $1 AND id = $2',
    [workspaceId, recipientId],
  )
  return rows[0] ?? { id: recipientId, email: null, phone: null, locale: null, timeZone: null, attributes: {} }
}
