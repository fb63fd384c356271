import { listTopics } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listTopics, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.topics.list(workspaceId, query),
}))
