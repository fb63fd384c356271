import { createApiKey } from '#shared/contracts/operations/api-keys.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(createApiKey, async ({ app, workspaceId, principal, body }) => {
  const key = await app.services.identity.keys.create(workspaceId, principal, body)
  return { status: 201, body: key, headers: { location: `/api/v1/api-keys/${key.id}` } }
})
