// audit_entry rows: appended, read, never changed.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export interface AuditRow {
  id: number
  at: Date
  actor_kind: string
  actor_id: string
  actor_name: string
  action: string
  subject_kind: string
  subject_id: string
  reason: string | null
  details: Record<string, unknown>
}

export interface AuditFilter {
  action?: string | undefined
  subjectKind?: string | undefined
  subjectId?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** One row; part of the caller's transaction when `client` is one. */
export async function insertAudit(
  workspaceId: string,
  client: Pool | PoolClient,
  entry: {
    actorKind: string
    actorId: string
    actorName: string
    action: string
    subjectKind: string
    subjectId: string
    reason: string | null
    details: string
  },
): Promise<void> {
  await client.query(
    `INSERT INTO audit_entry (workspace_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, reason, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)`,
    [
      workspaceId,
      entry.actorKind,
      entry.actorId,
      entry.actorName,
      entry.action,
      entry.subjectKind,
      entry.subjectId,
      entry.reason,
      entry.details,
    ],
  )
}

/** Newest first. `before` = the id of the last entry of the page before. */
export async function listAudit(
  workspaceId: string,
  pool: Pool,
  filter: AuditFilter,
  before: number | null,
  count: number,
): Promise<AuditRow[]> {
  const { rows } = await pool.query<AuditRow>(
    `SELECT id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, reason, details FROM audit_entry
     WHERE workspace_id = $1 AND ($2::bigint IS NULL OR id < $2)
       AND ($3::text IS NULL OR action = $3) AND ($4::text IS NULL OR subject_kind = $4) AND ($5::text IS NULL OR subject_id = $5)
       AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
     ORDER BY id DESC LIMIT $8`,
    [
      workspaceId,
      before,
      filter.action ?? null,
      filter.subjectKind ?? null,
      filter.subjectId ?? null,
      filter.from ?? null,
      filter.to ?? null,
      count,
    ],
  )
  return rows
}
