import { addTopicMember } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(addTopicMember, async ({ app, workspaceId, actor, params }) => {
  await app.services.topics.addMember(workspaceId, actor, params.key, params.recipientId)
  return { status: 204 }
})
