import { updateEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(updateEndpoint, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.endpoints.update(workspaceId, actor, params.id, body),
}))
