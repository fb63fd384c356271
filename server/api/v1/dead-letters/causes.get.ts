import { listCauses } from '#shared/contracts/operations/dead-letters.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listCauses, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.deadLetters.causes(workspaceId, query),
}))
