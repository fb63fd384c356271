import { getAttachment } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getAttachment, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.attachments.get(workspaceId, params.id),
}))
