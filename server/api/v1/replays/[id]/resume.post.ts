import { resumeReplay } from '#shared/contracts/operations/replays.ts'
import { parsePublicId } from '#shared/ids.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(resumeReplay, async ({ app, workspaceId, actor, params, body }) => ({
  status: 202,
  body: await app.services.replays.resume(workspaceId, parsePublicId('replay', params.id)!, actor, body.reason),
}))
