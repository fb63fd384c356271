import { removeTopicMember } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(removeTopicMember, async ({ app, workspaceId, actor, params }) => {
  await app.services.topics.removeMember(workspaceId, actor, params.key, params.recipientId)
  return { status: 204 }
})
