import { resumeAttachment } from '#shared/contracts/operations/attachments.ts'
import { originOf } from '../../../../utils/request-origin.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(resumeAttachment, async ({ app, workspaceId, actor, params, event }) => ({
  status: 200,
  body: await app.services.attachments.resume(workspaceId, actor, params.id, originOf(event.node.req)),
}))
