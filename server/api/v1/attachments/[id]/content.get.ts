import { getAttachmentContent } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'
import { originOf } from '../../../../utils/request-origin.ts'

export default defineOperation(getAttachmentContent, async ({ app, workspaceId, params, event }) => ({
  status: 302,
  headers: { location: await app.services.attachments.contentUrl(workspaceId, params.id, originOf(event.node.req)) },
}))
