import { listDiscards } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(listDiscards, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.deadLetters.discards(workspaceId, query, sightOf(principal)),
}))
