import { getEndpoint } from '#shared/contracts/operations/endpoints.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getEndpoint, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.endpoints.get(workspaceId, params.id),
}))
