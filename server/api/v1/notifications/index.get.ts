import { listNotificationsOperation } from '#shared/contracts/operations/notifications.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listNotificationsOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.notifications.list(workspaceId, query, sightOfPerson(principal)),
}))
