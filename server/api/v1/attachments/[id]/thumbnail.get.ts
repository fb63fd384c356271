import { getAttachmentThumbnail } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(getAttachmentThumbnail, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.attachments.thumbnail(workspaceId, params.id),
  headers: { 'content-type': 'image/webp' },
}))
