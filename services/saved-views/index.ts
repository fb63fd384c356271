// Saved views: a list's filters under a name, shared by everybody who works in the workspace.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { SavedView, SavedViewInput } from '#shared/contracts/saved-view.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { appendAudit } from '../audit/index.ts'
import { countViews, deleteView, listViews, upsertView } from './saved-view.repository.ts'

const maxViews = 200

export interface SavedViews {
  /** By name. */
  list(workspaceId: string, page?: string): Promise<SavedView[]>
  /** Replaces the one of the same page and name. Faults: conflict when there are 200. */
  save(workspaceId: string, input: SavedViewInput, actor: Actor): Promise<SavedView>
  /** Faults: not-found. */
  remove(workspaceId: string, id: string, actor: Actor): Promise<void>
}

export function createSavedViews(deps: { pool: Pool }): SavedViews {
  const { pool } = deps
  return {
    list: (workspaceId, page) => listViews(pool, workspaceId, page),
    save: (workspaceId, input, actor) =>
      transaction(pool, async (client) => {
        const view = await upsertView(client, workspaceId, { id: newUuid(), ...input, createdBy: actor.name })
        if ((await countViews(client, workspaceId)) > maxViews) throw new Fault('conflict', `There are ${maxViews} saved views already.`)
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'saved-view.save',
          subjectKind: 'saved-view',
          subjectId: view.id,
          details: { page: view.page, name: view.name },
        })
        return view
      }),
    remove: (workspaceId, id, actor) =>
      transaction(pool, async (client) => {
        const name = await deleteView(client, workspaceId, uuidOf('savedView', id))
        if (name === null) throw new Fault('not-found', 'There is no such view.')
        await appendAudit(client, {
          workspaceId,
          actor,
          action: 'saved-view.delete',
          subjectKind: 'saved-view',
          subjectId: publicId('savedView', uuidOf('savedView', id)),
          details: { name },
        })
      }),
  }
}
