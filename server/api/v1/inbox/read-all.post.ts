import { readWholeInbox } from '#shared/contracts/operations/inbox.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(readWholeInbox, async ({ workspaceId, actor, app }) => ({
  status: 200,
  body: await app.services.inbox.readAll(workspaceId, actor.id),
}))
