import { previewWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(previewWorkflow, async ({ app, workspaceId, params, body }) => ({
  status: 200,
  body: await app.services.workflows.preview(workspaceId, params.key, body),
}))
