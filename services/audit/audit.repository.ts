// audit_entry rows: appended, read, never changed. A trigger seals each into its chain when the transaction commits.
import { containsPattern, where, type Pool } from '#platform/postgres/index.ts'

export interface AuditRow {
  id: number
  workspace_id: string | null
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
  actor?: string | undefined
  actorKind?: string | undefined
  action?: string | undefined
  subjectKind?: string | undefined
  subjectId?: string | undefined
  from?: string | undefined
  to?: string | undefined
  /** Anywhere in names, ids, action, reason and details. */
  q?: string | undefined
}

/** Whatever runs a statement in the caller's transaction: a client of the pool, or Prisma's. */
export interface AuditWriter {
  query(text: string, values: unknown[]): Promise<unknown>
}

/** One row, in the caller's transaction. `workspaceId` null = of the instance. */
export async function insertAudit(
  workspaceId: string | null,
  writer: AuditWriter,
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
  await writer.query(
    `INSERT INTO audit_entry (workspace_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, reason, details)
     VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)`,
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

/**
 * Newest first. `before` = the id of the last entry of the page before. `workspaceId` null = of the instance only;
 * `withInstance` adds those to the workspace's own.
 */
export async function listAudit(
  workspaceId: string | null,
  pool: Pool,
  filter: AuditFilter,
  page: { before: number | null; count: number; withInstance: boolean },
): Promise<AuditRow[]> {
  const pattern = filter.q === undefined ? undefined : containsPattern(filter.q)
  const scope = where(3)
    .and('id < ?', page.before ?? undefined)
    .and('(actor_id = ? OR actor_name ILIKE ?)', filter.actor, filter.actor === undefined ? undefined : containsPattern(filter.actor))
    .and('actor_kind = ?', filter.actorKind)
    .and("(action = ? OR action LIKE ? || '.%')", filter.action, filter.action)
    .and('subject_kind = ?', filter.subjectKind)
    .and('subject_id = ?', filter.subjectId)
    .and('at >= ?', filter.from)
    .and('at < ?', filter.to)
    .and(
      '(actor_name ILIKE ? OR actor_id ILIKE ? OR action ILIKE ? OR subject_id ILIKE ? OR reason ILIKE ? OR details::text ILIKE ?)',
      pattern,
      pattern,
      pattern,
      pattern,
      pattern,
      pattern,
    )
  const { rows } = await pool.query<AuditRow>(
    `SELECT id, at, workspace_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, reason, details FROM audit_entry
     WHERE (workspace_id = $1 OR (workspace_id IS NULL AND $2))${scope.sql ? ` AND ${scope.sql}` : ''}
     ORDER BY id DESC LIMIT $${scope.next}`,
    [workspaceId, page.withInstance, ...scope.values, page.count],
  )
  return rows
}
