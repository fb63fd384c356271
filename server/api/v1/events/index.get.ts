import { listEventsOperation } from '#shared/contracts/operations/events.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listEventsOperation, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.events.list(workspaceId, query),
}))
