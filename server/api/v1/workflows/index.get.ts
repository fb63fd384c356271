import { listWorkflows } from '#shared/contracts/operations/workflows.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listWorkflows, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.workflows.list(workspaceId, query),
}))
