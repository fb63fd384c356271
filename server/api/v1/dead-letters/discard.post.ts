import { discardDeadLetters } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(discardDeadLetters, async ({ app, workspaceId, actor, body }) => ({
  status: 200,
  body: await app.services.deadLetters.discard(workspaceId, body, actor),
}))
