import { similarCausesOperation } from '#shared/contracts/operations/search.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { sightOf } from '../../../../../utils/sight.ts'

export default defineOperation(similarCausesOperation, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.search.similar(workspaceId, params.id, sightOf(principal)),
}))
