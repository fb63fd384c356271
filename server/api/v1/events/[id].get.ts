import { getEventOperation } from '#shared/contracts/operations/events.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getEventOperation, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.events.get(workspaceId, params.id),
}))
