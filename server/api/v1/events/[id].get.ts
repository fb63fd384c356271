import { getEventOperation } from '#shared/contracts/operations/events.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getEventOperation, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.events.get(workspaceId, params.id, sightOfPerson(principal)),
}))
