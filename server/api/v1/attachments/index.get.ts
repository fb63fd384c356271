import { listAttachments } from '#shared/contracts/operations/attachments.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listAttachments, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.attachments.list(workspaceId, query, sightOfPerson(principal)),
}))
