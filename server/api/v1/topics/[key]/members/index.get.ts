import { listTopicMembers } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(listTopicMembers, async ({ app, workspaceId, params, query }) => ({
  status: 200,
  body: await app.services.topics.listMembers(workspaceId, params.key, query),
}))
