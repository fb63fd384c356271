import { issueInboxToken } from '#shared/contracts/operations/inbox.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(issueInboxToken, async ({ workspaceId, params, body, app }) => ({
  status: 200,
  body: await app.services.inbox.tokens.issue(workspaceId, params.id, body.ttlSeconds),
}))
