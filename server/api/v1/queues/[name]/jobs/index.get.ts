import { listJobs } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(listJobs, async ({ app, workspaceId, principal, params, query }) => ({
  status: 200,
  body: await app.services.jobs.list(onlooker(workspaceId, principal), params.name, query),
}))
