import { completeAttachment } from '#shared/contracts/operations/attachments.ts'
import { originOf } from '../../../../utils/request-origin.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(completeAttachment, async ({ app, workspaceId, params, body, event }) => ({
  status: 200,
  body: await app.services.attachments.complete(workspaceId, params.id, body, originOf(event.node.req)),
}))
