import { listCauses } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(listCauses, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.deadLetters.causes(workspaceId, query, sightOf(principal)),
}))
