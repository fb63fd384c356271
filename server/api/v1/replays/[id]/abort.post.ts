import { abortReplay } from '#shared/contracts/operations/replays.ts'
import { parsePublicId } from '#shared/ids.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(abortReplay, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.replays.abort(workspaceId, parsePublicId('replay', params.id)!, actor, body.reason ?? null),
}))
