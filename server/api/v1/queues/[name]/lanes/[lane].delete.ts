import { unlimitLane } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(unlimitLane, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.lanes.unlimit(workspaceId, params.name, params.lane, actor, body.reason),
}))
