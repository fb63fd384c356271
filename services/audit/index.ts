// Audit: who did what, to what, and why. An entry is appended in the transaction of the change that it tells of, so that neither
// exists without the other. Hash-chaining and its check come with the security issue.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { Actor, ActorKind, AuditEntry, AuditListQuery } from '#shared/contracts/audit.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { insertAudit, listAudit } from './audit.repository.ts'

export interface AuditRecord {
  workspaceId: string
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

/** Appends one entry, in the caller's transaction when `client` is one of a transaction. */
export async function appendAudit(client: Pool | PoolClient, record: AuditRecord): Promise<void> {
  await insertAudit(record.workspaceId, client, {
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
  /** Newest first. */
  list(workspaceId: string, query: AuditListQuery): Promise<Page<AuditEntry>>
}

export function createAudit(deps: { pool: Pool }): Audit {
  return {
    async list(workspaceId, query) {
      const before = query.cursor === undefined ? null : numberOfCursor(query.cursor)
      const rows = await listAudit(workspaceId, deps.pool, query, before, query.limit + 1)
      const page = toPage(rows, query.limit, (last) => String(last.id))
      return {
        nextCursor: page.nextCursor,
        items: page.items.map((row) => ({
          id: String(row.id),
          at: row.at.toISOString(),
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
