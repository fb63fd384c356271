// Audit: who did what, to what, and why. An entry is appended in the transaction of the change that it tells of, so that neither
// exists without the other. A chain is the entries of one workspace (or of the instance) in the order of their commits; a seal is an
// entry's place in it and the hash over everything up to there. Rows are never changed; `npm run audit:verify` proves it.
import type { Pool } from '#platform/postgres/index.ts'
import type { Actor, ActorKind, AuditEntry, AuditListQuery } from '#shared/contracts/audit.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { insertAudit, listAudit, type AuditWriter } from './audit.repository.ts'

export { holdsHead, verifyAudit } from './verify-audit.ts'

export interface AuditRecord {
  /** null, or '' as a caller who belongs to none has it: an entry of the instance. */
  workspaceId: string | null
  actor: Actor
  /** Subject and verb: 'queue.pause'. */
  action: string
  subjectKind: string
  /** The id that clients see. */
  subjectId: string
  reason?: string | null
  /** What changed; never secrets, never content of messages. */
  details?: Record<string, unknown>
}

/** Appends one entry, in the caller's transaction when `writer` is one of a transaction. It is sealed when that commits. */
export async function appendAudit(writer: AuditWriter, record: AuditRecord): Promise<void> {
  await insertAudit(record.workspaceId || null, writer, {
    actorKind: record.actor.kind,
    actorId: record.actor.id,
    actorName: record.actor.name,
    action: record.action,
    subjectKind: record.subjectKind,
    subjectId: record.subjectId,
    reason: record.reason ?? null,
    details: JSON.stringify(record.details ?? {}),
  })
}

export interface Audit {
  /** Newest first. `withInstance`: also what belongs to no workspace, for those who own the instance. */
  list(workspaceId: string, query: AuditListQuery, options?: { withInstance?: boolean }): Promise<Page<AuditEntry>>
}

export function createAudit(deps: { pool: Pool }): Audit {
  return {
    async list(workspaceId, query, options = {}) {
      const before = query.cursor === undefined ? null : numberOfCursor(query.cursor)
      const reach = { before, count: query.limit + 1, withInstance: options.withInstance ?? false }
      const rows = await listAudit(workspaceId || null, deps.pool, query, reach)
      const page = toPage(rows, query.limit, (last) => String(last.id))
      return {
        nextCursor: page.nextCursor,
        items: page.items.map((row) => ({
          id: String(row.id),
          at: row.at.toISOString(),
          instance: row.workspace_id === null,
          actor: { kind: row.actor_kind as ActorKind, id: row.actor_id, name: row.actor_name },
          action: row.action,
          subject: { kind: row.subject_kind, id: row.subject_id },
          reason: row.reason,
          details: row.details,
        })),
      }
    },
  }
}

function numberOfCursor(cursor: string): number {
  const position = decodeCursor(cursor)
  if (!position || !/^\d{1,15}$/.test(position)) {
    throw new Fault('invalid', 'The query is not valid.', {
      errors: [{ path: 'cursor', message: 'is not a cursor that this API gave out' }],
    })
  }
  return Number(position)
}
