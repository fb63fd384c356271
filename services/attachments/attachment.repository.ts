// attachment rows: made, followed, listed, deleted. What they take of the workspace's room changes in the same transaction.
import { containsPattern, where, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { AttachmentCheck, AttachmentState } from '#shared/contracts/attachment.ts'
import { idBounds, type Period } from '#shared/contracts/list-filters.ts'

export interface AttachmentRow {
  id: string
  workspaceId: string
  filename: string
  contentType: string
  size: number
  sha256: string | null
  state: AttachmentState
  reason: string | null
  checks: AttachmentCheck[]
  recipientId: string | null
  uploadId: string | null
  /** Bytes of each part but the last; null for a file in one piece. */
  partSize: number | null
  modifiedAt: Date | null
  thumbnail: 'none' | 'wanted' | 'made' | 'failed'
  uploadUntil: Date
  createdBy: string
  createdAt: Date
  readyAt: Date | null
}

export const attachmentColumns = `a.id, a.workspace_id AS "workspaceId", a.filename, a.content_type AS "contentType", a.size, a.sha256, a.state, a.reason,
  a.checks, a.recipient_id AS "recipientId", a.upload_id AS "uploadId", a.part_size AS "partSize", a.modified_at AS "modifiedAt", a.thumbnail, a.upload_until AS "uploadUntil", a.created_by AS "createdBy",
  a.created_at AS "createdAt", a.ready_at AS "readyAt"`

/** Takes `bytes` of the workspace's room; false when that would be more than `cap`. One workspace's takers go one by one. */
export async function takeRoom(client: PoolClient, workspaceId: string, bytes: number, cap: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO attachment_usage AS u (workspace_id, files, bytes) SELECT $1, 1, $2 WHERE $2::bigint <= $3::bigint
     ON CONFLICT (workspace_id) DO UPDATE SET files = u.files + 1, bytes = u.bytes + EXCLUDED.bytes WHERE u.bytes + EXCLUDED.bytes <= $3::bigint`,
    [workspaceId, bytes, cap],
  )
  return rowCount === 1
}

export async function insertAttachment(
  client: PoolClient,
  workspaceId: string,
  row: Pick<
    AttachmentRow,
    | 'id'
    | 'filename'
    | 'contentType'
    | 'size'
    | 'sha256'
    | 'recipientId'
    | 'uploadId'
    | 'partSize'
    | 'modifiedAt'
    | 'uploadUntil'
    | 'createdBy'
  >,
): Promise<void> {
  await client.query(
    `INSERT INTO attachment (workspace_id, id, filename, content_type, size, sha256, state, recipient_id, upload_id, part_size, upload_until, created_by, modified_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      workspaceId,
      row.id,
      row.filename,
      row.contentType,
      row.size,
      row.sha256,
      row.uploadId === null ? 'created' : 'uploading',
      row.recipientId,
      row.uploadId,
      row.partSize,
      row.uploadUntil,
      row.createdBy,
      row.modifiedAt,
    ],
  )
}

/** Gives an upload that is not complete more time; false when it is complete, or gone. */
export async function extendUpload(client: PoolClient, workspaceId: string, id: string, until: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE attachment SET upload_until = greatest(upload_until, $3) WHERE workspace_id = $1 AND id = $2 AND state IN ('created', 'uploading')`,
    [workspaceId, id, until],
  )
  return rowCount === 1
}

export async function findAttachment(pool: Pool | PoolClient, workspaceId: string, id: string): Promise<AttachmentRow | null> {
  const { rows } = await pool.query<AttachmentRow>(`SELECT ${attachmentColumns} FROM attachment a WHERE workspace_id = $1 AND id = $2`, [
    workspaceId,
    id,
  ])
  return rows[0] ?? null
}

/** Those that there are, in any order. */
export async function findAttachments(pool: Pool, workspaceId: string, ids: readonly string[]): Promise<AttachmentRow[]> {
  const { rows } = await pool.query<AttachmentRow>(
    `SELECT ${attachmentColumns} FROM attachment a WHERE workspace_id = $1 AND id = ANY($2::uuid[])`,
    [workspaceId, ids],
  )
  return rows
}

export async function listAttachments(
  pool: Pool,
  workspaceId: string,
  filter: Period & { state?: string | undefined; recipient?: string | undefined; q?: string | undefined; masked: boolean },
  page: { before: string | undefined; count: number },
): Promise<AttachmentRow[]> {
  const pattern = filter.q === undefined ? undefined : containsPattern(filter.q)
  const { from, to } = idBounds(filter)
  const scope = where(2)
    .and('a.id < ?', page.before)
    .and('a.state = ?', filter.state)
    .and('a.recipient_id = ?', filter.recipient)
    // What is hidden is not looked into.
    .and('(a.content_type ILIKE ? OR (a.filename ILIKE ? AND ?::boolean))', pattern, pattern, !filter.masked)
    .and('a.id >= ?', from)
    .and('a.id < ?', to)
  const { rows } = await pool.query<AttachmentRow>(
    `SELECT ${attachmentColumns} FROM attachment a WHERE a.workspace_id = $1${scope.sql ? ` AND ${scope.sql}` : ''} ORDER BY a.id DESC LIMIT $${scope.next}`,
    [workspaceId, ...scope.values, page.count],
  )
  return rows
}

/** The newest events that refer to it. */
export async function findUses(pool: Pool, workspaceId: string, id: string, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT event_id AS id FROM attachment_use WHERE workspace_id = $1 AND attachment_id = $2 ORDER BY event_id DESC LIMIT $3',
    [workspaceId, id, count],
  )
  return rows.map((row) => row.id)
}

/** Deletes rows that `condition` names (of alias a), gives their room back and leaves their objects to the collector. */
export async function deleteAttachments(client: PoolClient, condition: string, values: unknown[]): Promise<AttachmentRow[]> {
  const { rows } = await client.query<AttachmentRow>(`DELETE FROM attachment a WHERE ${condition} RETURNING ${attachmentColumns}`, values)
  await releaseRoom(
    client,
    rows.filter((row) => row.state !== 'rejected'),
  )
  await leaveToCollector(client, rows)
  return rows
}

export async function releaseRoom(client: PoolClient, rows: readonly Pick<AttachmentRow, 'workspaceId' | 'size'>[]): Promise<void> {
  if (rows.length === 0) return
  await client.query(
    `UPDATE attachment_usage u SET files = u.files - t.files, bytes = u.bytes - t.bytes
     FROM (SELECT w, count(*)::int AS files, sum(b)::bigint AS bytes FROM unnest($1::uuid[], $2::bigint[]) AS x(w, b) GROUP BY w ORDER BY w) t
     WHERE u.workspace_id = t.w`,
    [rows.map((row) => row.workspaceId), rows.map((row) => row.size)],
  )
}

/** Their objects go at once, and once more when their upload URLs have ended: somebody may upload in between. */
export async function leaveToCollector(
  client: PoolClient,
  rows: readonly Pick<AttachmentRow, 'workspaceId' | 'id' | 'uploadId' | 'uploadUntil'>[],
): Promise<void> {
  if (rows.length === 0) return
  await client.query(
    `INSERT INTO object_garbage (key, upload_id, due_at)
     SELECT p || w || '/' || i, CASE WHEN p = 'files/' THEN u END, CASE WHEN p = 'incoming/' THEN greatest(until, now()) ELSE now() END
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) AS t(w, i, u, until), unnest(ARRAY['incoming/', 'files/', 'thumbnails/']) AS p
     ON CONFLICT (key) DO UPDATE SET due_at = EXCLUDED.due_at, upload_id = coalesce(EXCLUDED.upload_id, object_garbage.upload_id)`,
    [rows.map((row) => row.workspaceId), rows.map((row) => row.id), rows.map((row) => row.uploadId), rows.map((row) => row.uploadUntil)],
  )
}
