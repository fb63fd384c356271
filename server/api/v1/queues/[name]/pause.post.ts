import { pauseQueue } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(pauseQueue, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.queueDesk.pause(workspaceId, params.name, actor, body.reason),
}))
