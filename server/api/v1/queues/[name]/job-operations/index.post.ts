import { startJobOperation } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(startJobOperation, async ({ app, workspaceId, principal, actor, params, body }) => ({
  status: 202,
  body: await app.services.jobOperations.start(onlooker(workspaceId, principal), params.name, body, actor),
}))
