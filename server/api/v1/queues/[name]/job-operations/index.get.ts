import { listJobOperations } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(listJobOperations, async ({ app, workspaceId, principal, params, query }) => ({
  status: 200,
  body: await app.services.jobOperations.list(onlooker(workspaceId, principal), params.name, query),
}))
