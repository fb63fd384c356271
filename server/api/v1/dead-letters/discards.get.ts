import { listDiscards } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listDiscards, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.deadLetters.discards(workspaceId, query),
}))
