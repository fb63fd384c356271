import { resumeQueue } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(resumeQueue, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.queueDesk.resume(workspaceId, params.name, actor, body.reason),
}))
