import { publishWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(publishWorkflow, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.workflows.publish(workspaceId, actor, params.key, body),
}))
