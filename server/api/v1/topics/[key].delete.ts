import { deleteTopic } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteTopic, async ({ app, workspaceId, actor, params }) => {
  await app.services.topics.remove(workspaceId, actor, params.key)
  return { status: 204 }
})
