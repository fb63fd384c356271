import { listEventsOperation } from '#shared/contracts/operations/events.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listEventsOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.events.list(workspaceId, query, sightOfPerson(principal)),
}))
