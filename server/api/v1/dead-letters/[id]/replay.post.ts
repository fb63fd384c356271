import { replayDeadLetter } from '#shared/contracts/operations/replays.ts'
import { parsePublicId } from '#shared/ids.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(replayDeadLetter, async ({ app, workspaceId, actor, params, body }) => ({
  status: 202,
  body: await app.services.replays.replayOne(workspaceId, parsePublicId('deadLetter', params.id)!, actor, body.reason),
}))
