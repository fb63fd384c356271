import { putWorkflow } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(putWorkflow, async ({ app, workspaceId, actor, params, body }) => {
  const { workflow, created } = await app.services.workflows.put(workspaceId, actor, params.key, body)
  return { status: created ? 201 : 200, body: workflow }
})
