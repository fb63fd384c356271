import { undoDiscard } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(undoDiscard, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.deadLetters.undoDiscard(workspaceId, params.id, actor, body.reason),
}))
