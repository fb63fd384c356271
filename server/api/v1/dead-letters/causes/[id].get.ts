import { getCause } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'
import { sightOf } from '../../../../utils/sight.ts'

export default defineOperation(getCause, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.deadLetters.cause(workspaceId, params.id, sightOf(principal)),
}))
