import { listInbox } from '#shared/contracts/operations/inbox.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listInbox, async ({ workspaceId, actor, query, app }) => {
  const page = await app.services.inbox.list(workspaceId, actor.id, {
    limit: query.limit,
    cursor: query.cursor,
    unread: query.unread && query.unread === 'true',
    archived: query.archived === 'any' ? undefined : query.archived === 'true',
  })
  return { status: 200, body: page }
})
