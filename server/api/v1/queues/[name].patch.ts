import { changeQueue } from '#shared/contracts/operations/queues.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(changeQueue, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.queueDesk.adjust(workspaceId, params.name, actor, body),
}))
