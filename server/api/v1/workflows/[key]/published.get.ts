import { getPublishedWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(getPublishedWorkflow, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.workflows.published(workspaceId, params.key),
}))
