import { getDeadLetter } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(getDeadLetter, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.deadLetters.get(workspaceId, params.id, sightOf(principal)),
}))
