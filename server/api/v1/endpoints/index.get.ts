import { listEndpoints } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listEndpoints, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.endpoints.list(workspaceId, query),
}))
