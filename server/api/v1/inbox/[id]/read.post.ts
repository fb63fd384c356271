import { readInboxItem } from '#shared/contracts/operations/inbox.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(readInboxItem, async ({ workspaceId, actor, params, app }) => ({
  status: 200,
  body: await app.services.inbox.mark(workspaceId, actor.id, params.id, 'read'),
}))
