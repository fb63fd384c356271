import { listApiKeys } from '#shared/contracts/operations/api-keys.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listApiKeys, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.identity.keys.list(workspaceId, query),
}))
