import { getWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getWorkflow, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.workflows.get(workspaceId, params.key),
}))
