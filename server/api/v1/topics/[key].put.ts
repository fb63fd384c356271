import { putTopic } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(putTopic, async ({ app, workspaceId, actor, params, body }) => {
  const { created, topic } = await app.services.topics.put(workspaceId, actor, params.key, body)
  return { status: created ? 201 : 200, body: topic }
})
