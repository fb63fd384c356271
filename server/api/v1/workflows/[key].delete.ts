import { deleteWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteWorkflow, async ({ app, workspaceId, params }) => {
  await app.services.workflows.remove(workspaceId, params.key)
  return { status: 204 }
})
