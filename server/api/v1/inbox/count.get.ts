import { countInbox } from '#shared/contracts/operations/inbox.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(countInbox, async ({ workspaceId, actor, app }) => ({
  status: 200,
  body: await app.services.inbox.count(workspaceId, actor.id),
}))
