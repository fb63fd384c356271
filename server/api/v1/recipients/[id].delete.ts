import { deleteRecipient } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteRecipient, async ({ app, workspaceId, params }) => {
  await app.services.recipients.remove(workspaceId, params.id)
  return { status: 204 }
})
