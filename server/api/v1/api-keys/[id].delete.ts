import { revokeApiKey } from '#shared/contracts/operations/api-keys.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(revokeApiKey, async ({ app, workspaceId, principal, params, body }) => {
  await app.services.identity.keys.revoke(workspaceId, principal, params.id, body.reason)
  return { status: 204 }
})
