// What the collector looks for, in every workspace: it works for the instance, and answers to nobody's key.
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { attachmentColumns, deleteAttachments, type AttachmentRow } from './attachment.repository.ts'

const bite = 200
/** Uploads that end now may still be on their way. */
const graceSeconds = 3_600
const terminal = "('completed', 'unmatched', 'dead', 'cancelled')"

/** Files whose upload was never completed. */
export function deleteAbandoned(pool: Pool): Promise<AttachmentRow[]> {
  return deleteSome(pool, `state IN ('created', 'uploading') AND upload_until < now() - interval '${graceSeconds} seconds'`, [])
}

/** Files that were rejected a day ago: their reason was there to be read. */
export function deleteRejected(pool: Pool): Promise<AttachmentRow[]> {
  return deleteSome(pool, "state = 'rejected' AND upload_until < now() - interval '1 day'", [])
}

/** Ready for so many days, and no event ever referred to them. */
export function deleteUnused(pool: Pool, days: number): Promise<AttachmentRow[]> {
  if (days === 0) return Promise.resolve([])
  return deleteSome(
    pool,
    `state = 'ready' AND ready_at < now() - $1 * interval '1 day'
     AND NOT EXISTS (SELECT FROM attachment_use u WHERE u.workspace_id = attachment.workspace_id AND u.attachment_id = attachment.id)`,
    [days],
  )
}

/** Used last so many days ago (an event's id holds its time), by events of which nothing is on its way any more. */
export function deleteExpired(pool: Pool, days: number, newestEventId: string): Promise<AttachmentRow[]> {
  if (days === 0) return Promise.resolve([])
  const of = 'u.workspace_id = attachment.workspace_id AND u.attachment_id = attachment.id'
  return deleteSome(
    pool,
    `state = 'ready' AND ready_at < now() - $1 * interval '1 day'
     AND EXISTS (SELECT FROM attachment_use u WHERE ${of})
     AND NOT EXISTS (SELECT FROM attachment_use u WHERE ${of} AND u.event_id >= $2::uuid)
     AND NOT EXISTS (SELECT FROM attachment_use u JOIN event e ON e.workspace_id = u.workspace_id AND e.id = u.event_id
       WHERE ${of} AND e.state NOT IN ${terminal})`,
    [days, newestEventId],
  )
}

function deleteSome(pool: Pool, condition: string, values: unknown[]): Promise<AttachmentRow[]> {
  return transaction(pool, (client) =>
    deleteAttachments(
      client,
      `(a.workspace_id, a.id) IN (SELECT workspace_id, id FROM attachment WHERE ${condition} ORDER BY id LIMIT ${bite} FOR UPDATE SKIP LOCKED)`,
      values,
    ),
  )
}

/**
 * Files of a recipient who is about to be deleted, in the same transaction and before their messages go: those that carry their id, and
 * those that were for them alone: all events that refer to one are over, and nobody else, recipient or endpoint, got anything of them.
 * How many.
 */
export async function deleteFilesOfRecipient(client: PoolClient, workspaceId: string, recipientId: string): Promise<number> {
  const rows = await deleteAttachments(
    client,
    `a.workspace_id = $1 AND (a.recipient_id = $2 OR (
       a.recipient_id IS NULL AND a.id IN (
         SELECT u.attachment_id FROM attachment_use u
         WHERE u.workspace_id = $1 AND u.event_id IN (SELECT event_id FROM notification WHERE workspace_id = $1 AND recipient_id = $2))
       AND NOT EXISTS (
         SELECT FROM attachment_use u WHERE u.workspace_id = $1 AND u.attachment_id = a.id AND (
           EXISTS (SELECT FROM notification n WHERE n.workspace_id = $1 AND n.event_id = u.event_id AND n.recipient_id <> $2)
           OR EXISTS (SELECT FROM delivery d WHERE d.workspace_id = $1 AND d.event_id = u.event_id AND d.recipient_id <> $2)
           OR EXISTS (SELECT FROM event e WHERE e.workspace_id = $1 AND e.id = u.event_id AND e.state NOT IN ${terminal})))))`,
    [workspaceId, recipientId],
  )
  if (rows.length > 0) await client.query("SELECT pg_notify('attachment', '')")
  return rows.length
}

export interface Garbage {
  key: string
  uploadId: string | null
}

export async function findGarbage(pool: Pool, count: number): Promise<Garbage[]> {
  const { rows } = await pool.query<Garbage>(
    'SELECT key, upload_id AS "uploadId" FROM object_garbage WHERE due_at <= now() ORDER BY due_at LIMIT $1',
    [count],
  )
  return rows
}

export async function forgetGarbage(pool: Pool, key: string): Promise<void> {
  await pool.query('DELETE FROM object_garbage WHERE key = $1', [key])
}

/** The next pictures to be made, oldest first; two processes may both take one, which does no harm. */
export async function findWantedThumbnails(pool: Pool, count: number): Promise<AttachmentRow[]> {
  const { rows } = await pool.query<AttachmentRow>(
    `SELECT ${attachmentColumns} FROM attachment a WHERE thumbnail = 'wanted' ORDER BY id LIMIT $1`,
    [count],
  )
  return rows
}

export async function setThumbnail(pool: Pool, row: AttachmentRow, thumbnail: 'made' | 'failed'): Promise<boolean> {
  const { rowCount } = await pool.query(
    "UPDATE attachment SET thumbnail = $3 WHERE workspace_id = $1 AND id = $2 AND thumbnail = 'wanted'",
    [row.workspaceId, row.id, thumbnail],
  )
  return rowCount === 1
}

/** Which of these objects a file still stands for: their last parts are ids. `incoming`: a file that is not checked yet. */
export async function findKnownIds(pool: Pool, ids: string[], { incoming }: { incoming: boolean }): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT id FROM attachment WHERE id = ANY($1::uuid[]) AND (NOT $2 OR state IN ('created', 'uploading', 'checking'))",
    [ids, incoming],
  )
  return new Set(rows.map((row) => row.id))
}
