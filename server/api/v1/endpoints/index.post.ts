import { createEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(createEndpoint, async ({ app, workspaceId, actor, body }) => {
  const endpoint = await app.services.endpoints.create(workspaceId, actor, body)
  return { status: 201, body: endpoint, headers: { location: `/api/v1/endpoints/${endpoint.id}` } }
})
