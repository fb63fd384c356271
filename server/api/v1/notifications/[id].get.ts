import { getNotificationOperation } from '#shared/contracts/operations/notifications.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getNotificationOperation, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.notifications.get(workspaceId, params.id, sightOfPerson(principal)),
}))
