import { listDeadLetters } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(listDeadLetters, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.deadLetters.list(workspaceId, query, sightOf(principal)),
}))
