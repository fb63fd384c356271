import { deleteAttachment } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteAttachment, async ({ app, workspaceId, actor, params, body }) => {
  await app.services.attachments.remove(workspaceId, actor, params.id, body.reason)
  return { status: 204 }
})
