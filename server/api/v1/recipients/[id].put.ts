import { putRecipient } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(putRecipient, async ({ app, workspaceId, actor, params, body }) => {
  const { created, recipient } = await app.services.recipients.put(workspaceId, actor, params.id, body)
  return { status: created ? 201 : 200, body: recipient }
})
