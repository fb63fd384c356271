import { countDeadLetters } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(countDeadLetters, async ({ app, workspaceId }) => ({
  status: 200,
  body: await app.services.deadLetters.counts(workspaceId),
}))
