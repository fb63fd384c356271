import { searchNotificationsOperation } from '#shared/contracts/operations/search.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(searchNotificationsOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.search.notifications(workspaceId, query, sightOfPerson(principal)),
}))
