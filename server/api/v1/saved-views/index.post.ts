import { saveView } from '#shared/contracts/operations/saved-views.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(saveView, async ({ app, workspaceId, actor, body }) => ({
  status: 201,
  body: await app.services.savedViews.save(workspaceId, body, actor),
}))
