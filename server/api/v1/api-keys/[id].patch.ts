import { updateApiKey } from '#shared/contracts/operations/api-keys.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(updateApiKey, async ({ app, workspaceId, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.keys.update(workspaceId, principal, params.id, body),
}))
