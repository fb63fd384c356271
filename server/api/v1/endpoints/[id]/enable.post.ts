import { enableEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(enableEndpoint, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.endpoints.enable(workspaceId, actor, params.id, body.reason),
}))
