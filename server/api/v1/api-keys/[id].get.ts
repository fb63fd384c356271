import { getApiKey } from '#shared/contracts/operations/api-keys.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getApiKey, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.identity.keys.get(workspaceId, params.id),
}))
