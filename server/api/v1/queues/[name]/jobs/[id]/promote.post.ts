import { promoteJob } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../../utils/onlooker.ts'

export default defineOperation(promoteJob, async ({ app, workspaceId, principal, actor, params, body }) => ({
  status: 200,
  body: await app.services.jobActions.promote(onlooker(workspaceId, principal), params.name, params.id, actor, body.reason),
}))
