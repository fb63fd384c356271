import { listNotificationsOperation } from '#shared/contracts/operations/notifications.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listNotificationsOperation, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.notifications.list(workspaceId, query),
}))
