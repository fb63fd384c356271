// The check of a file as its row sees it: taken by one process at a time, taken over when that one is gone.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { AttachmentCheck } from '#shared/contracts/attachment.ts'
import { attachmentColumns, leaveToCollector, releaseRoom, type AttachmentRow } from './attachment.repository.ts'

/** How long a check is somebody's without a sign of life. */
const leaseSeconds = 60

/** What was uploaded is checked from now on, by the caller; null when it is being checked already, or has been. */
export async function beginCheck(pool: Pool, workspaceId: string, id: string): Promise<AttachmentRow | null> {
  const { rows } = await pool.query<AttachmentRow>(
    `UPDATE attachment a SET state = 'checking', reason = NULL, checking_until = now() + interval '${leaseSeconds} seconds'
     WHERE workspace_id = $1 AND id = $2 AND state IN ('created', 'uploading') RETURNING ${attachmentColumns}`,
    [workspaceId, id],
  )
  return rows[0] ?? null
}

/** Checks that nobody carries on with, of any workspace. */
export async function takeOverChecks(pool: Pool, count: number): Promise<AttachmentRow[]> {
  const { rows } = await pool.query<AttachmentRow>(
    `UPDATE attachment a SET checking_until = now() + interval '${leaseSeconds} seconds'
     WHERE (workspace_id, id) IN (
       SELECT workspace_id, id FROM attachment WHERE state = 'checking' AND checking_until < now() ORDER BY checking_until LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING ${attachmentColumns}`,
    [count],
  )
  return rows
}

export async function keepChecking(pool: Pool, row: AttachmentRow): Promise<void> {
  await pool.query(
    `UPDATE attachment SET checking_until = now() + interval '${leaseSeconds} seconds' WHERE workspace_id = $1 AND id = $2 AND state = 'checking'`,
    [row.workspaceId, row.id],
  )
}

/** The check cannot go on now; somebody tries again in `seconds`. */
export async function postponeCheck(pool: Pool, row: AttachmentRow, reason: string, seconds: number): Promise<void> {
  await pool.query(
    `UPDATE attachment SET reason = $3, checking_until = now() + $4 * interval '1 second' WHERE workspace_id = $1 AND id = $2 AND state = 'checking'`,
    [row.workspaceId, row.id, reason, seconds],
  )
}

/** Ends the check, once. A rejected file gives its room back and its bytes go. */
export async function endCheck(
  client: PoolClient,
  row: AttachmentRow,
  verdict: { state: 'ready' | 'rejected'; reason: string | null; sha256: string | null; checks: AttachmentCheck[]; thumbnail: boolean },
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE attachment SET state = $3, reason = $4, sha256 = coalesce($5, sha256), checks = $6::jsonb, checking_until = NULL,
       ready_at = CASE WHEN $3 = 'ready' THEN now() END, thumbnail = CASE WHEN $7 THEN 'wanted' ELSE 'none' END
     WHERE workspace_id = $1 AND id = $2 AND state = 'checking'`,
    [row.workspaceId, row.id, verdict.state, verdict.reason, verdict.sha256, JSON.stringify(verdict.checks), verdict.thumbnail],
  )
  if (rowCount !== 1) return
  if (verdict.state === 'rejected') {
    await releaseRoom(client, [row])
    await leaveToCollector(client, [row])
  }
  if (verdict.thumbnail) await client.query("SELECT pg_notify('attachment', '')")
}
