import { searchDeadLettersOperation } from '#shared/contracts/operations/search.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(searchDeadLettersOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.search.letters(workspaceId, query, sightOf(principal)),
}))
