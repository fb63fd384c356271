import { deleteRecipient } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteRecipient, async ({ app, workspaceId, actor, params, body }) => {
  await app.services.recipients.remove(workspaceId, actor, params.id, body.reason)
  return { status: 204 }
})
