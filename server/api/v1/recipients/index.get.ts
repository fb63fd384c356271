import { listRecipients } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listRecipients, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.recipients.list(workspaceId, query),
}))
