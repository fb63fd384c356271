import { abortJobOperation } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../../utils/onlooker.ts'

export default defineOperation(abortJobOperation, async ({ app, workspaceId, principal, actor, params, body }) => ({
  status: 200,
  body: await app.services.jobOperations.abort(onlooker(workspaceId, principal), params.name, params.id, actor, body.reason),
}))
