import { getReplay } from '#shared/contracts/operations/replays.ts'
import { parsePublicId } from '#shared/ids.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getReplay, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.replays.get(workspaceId, parsePublicId('replay', params.id)!),
}))
