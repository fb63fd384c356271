import { listAttachments } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listAttachments, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.attachments.list(workspaceId, query),
}))
