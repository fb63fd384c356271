import { limitLane } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(limitLane, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.lanes.limit(workspaceId, params.name, params.lane, actor, body),
}))
