import { cancelEventOperation } from '#shared/contracts/operations/events.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(cancelEventOperation, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.events.cancel(workspaceId, actor, params.id, body.reason),
}))
