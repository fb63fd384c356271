import { rotateEndpointSecret } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(rotateEndpointSecret, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.endpoints.rotateSecret(workspaceId, actor, params.id, body.keepOldSeconds),
}))
