import { testEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(testEndpoint, async ({ app, workspaceId, params, body }) => ({
  status: 200,
  body: await app.services.endpoints.test(workspaceId, params.id, body),
}))
