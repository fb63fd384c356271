import { getRecipient } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getRecipient, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.recipients.get(workspaceId, params.id, sightOfPerson(principal)),
}))
