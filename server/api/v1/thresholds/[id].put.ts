import { setThreshold } from '#shared/contracts/operations/live.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(setThreshold, async ({ workspaceId, params, body, actor, app }) => ({
  status: 200,
  body: await app.services.thresholds.set(workspaceId, params.id, actor, body),
}))
