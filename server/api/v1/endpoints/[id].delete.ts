import { deleteEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteEndpoint, async ({ app, workspaceId, actor, params }) => {
  await app.services.endpoints.remove(workspaceId, actor, params.id)
  return { status: 204 }
})
