import { getNotificationOperation } from '#shared/contracts/operations/notifications.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getNotificationOperation, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.notifications.get(workspaceId, params.id),
}))
