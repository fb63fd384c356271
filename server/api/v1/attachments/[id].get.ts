import { getAttachment } from '#shared/contracts/operations/attachments.ts'
import { originOf } from '../../../utils/request-origin.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getAttachment, async ({ app, workspaceId, principal, params, event }) => ({
  status: 200,
  body: await app.services.attachments.get(workspaceId, params.id, originOf(event.node.req), sightOfPerson(principal)),
}))
