import { getMail } from '#shared/contracts/operations/mailbox.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getMail, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.mailbox.get(workspaceId, params.id, sightOfPerson(principal)),
}))
