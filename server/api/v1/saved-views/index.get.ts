import { listSavedViews } from '#shared/contracts/operations/saved-views.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listSavedViews, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: { items: await app.services.savedViews.list(workspaceId, query.page), nextCursor: null },
}))
