import { getJob } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(getJob, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.jobs.get(onlooker(workspaceId, principal), params.name, params.id),
}))
