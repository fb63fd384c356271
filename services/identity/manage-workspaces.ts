// Workspaces, made and renamed by those who own the instance.
import { appendAudit } from '#services/audit/index.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Workspace, WorkspaceCreate } from '#shared/contracts/operator.ts'
import { toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { setRole } from './manage-operators.repository.ts'
import type { Principal } from './policy.rules.ts'
import { insertWorkspace, listWorkspaces, lockWorkspace, renameWorkspace, type WorkspaceRow } from './workspace.repository.ts'

export interface ManageWorkspaces {
  list(page: { limit: number; cursor?: string | undefined }): Promise<Page<Workspace>>
  /** An operator who makes it becomes its admin. Fault 'conflict' when the key is taken. */
  create(principal: Principal, input: WorkspaceCreate): Promise<Workspace>
  /** By id or key. */
  rename(principal: Principal, named: string, name: string): Promise<Workspace>
}

export function createManageWorkspaces(deps: { pool: Pool; forget: () => void }): ManageWorkspaces {
  const { pool, forget } = deps
  return {
    async list({ limit, cursor }) {
      const rows = await listWorkspaces(pool, uuidOfCursor('workspace', cursor) ?? null, limit + 1)
      const page = toPage(rows, limit, (last) => publicId('workspace', last.id))
      return { items: page.items.map(shape), nextCursor: page.nextCursor }
    },

    async create(principal, { key, name }) {
      const made = await transaction(pool, async (client) => {
        const row = await insertWorkspace(client, newUuid(), key, name)
        if (!row) throw new Fault('conflict', `There is a workspace with the key ${key}.`)
        const operator = principal.actor.kind === 'operator' ? parsePublicId('operator', principal.actor.id) : null
        if (operator) await setRole(client, row.id, operator, 'admin')
        const subjectId = publicId('workspace', row.id)
        const entry = {
          actor: principal.actor,
          action: 'workspace.create',
          subjectKind: 'workspace',
          subjectId,
          details: { after: { key, name } },
        }
        await appendAudit(client, { ...entry, workspaceId: null })
        return { ...row, operators: operator ? 1 : 0 }
      })
      forget()
      return shape(made)
    },

    async rename(principal, named, name) {
      const renamed = await transaction(pool, async (client) => {
        const row = await lockWorkspace(client, namedWorkspace(named))
        if (!row) throw unknownWorkspace()
        if (row.name === name) return row
        await renameWorkspace(client, row.id, name)
        await appendAudit(client, {
          workspaceId: row.id,
          actor: principal.actor,
          action: 'workspace.rename',
          subjectKind: 'workspace',
          subjectId: publicId('workspace', row.id),
          details: { before: { name: row.name }, after: { name } },
        })
        return { ...row, name }
      })
      forget()
      return shape(renamed)
    },
  }
}

/** What a path or header names a workspace by. */
export function namedWorkspace(named: string): { key: string; uuid: string | null } {
  return { key: named, uuid: parsePublicId('workspace', named) }
}

export function unknownWorkspace(): Fault {
  return new Fault('not-found', 'There is no such workspace.')
}

function shape({ id, key, name, operators, created_at }: WorkspaceRow): Workspace {
  return { id: publicId('workspace', id), key, name, operators, createdAt: created_at.toISOString() }
}
