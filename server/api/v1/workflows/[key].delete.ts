import { deleteWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteWorkflow, async ({ app, workspaceId, actor, params, body }) => {
  await app.services.workflows.remove(workspaceId, actor, params.key, body.reason)
  return { status: 204 }
})
