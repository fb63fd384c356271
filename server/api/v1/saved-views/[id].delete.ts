import { deleteSavedView } from '#shared/contracts/operations/saved-views.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteSavedView, async ({ app, workspaceId, actor, params }) => {
  await app.services.savedViews.remove(workspaceId, params.id, actor)
  return { status: 204 }
})
