import { listRecipients } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listRecipients, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.recipients.list(workspaceId, query, sightOfPerson(principal)),
}))
