import { listMail } from '#shared/contracts/operations/mailbox.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listMail, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.mailbox.list(workspaceId, query, sightOfPerson(principal)),
}))
