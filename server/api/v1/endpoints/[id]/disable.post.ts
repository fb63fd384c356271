import { disableEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(disableEndpoint, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.endpoints.disable(workspaceId, actor, params.id, body.reason),
}))
