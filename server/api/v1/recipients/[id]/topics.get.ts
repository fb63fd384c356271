import { listRecipientTopics } from '#shared/contracts/operations/topics.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(listRecipientTopics, async ({ app, workspaceId, params, query }) => ({
  status: 200,
  body: await app.services.topics.listTopicsOf(workspaceId, params.id, query),
}))
