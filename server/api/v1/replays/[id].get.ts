import { getReplay } from '#shared/contracts/operations/replays.ts'
import { parsePublicId } from '#shared/ids.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(getReplay, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.replays.get(workspaceId, parsePublicId('replay', params.id)!, sightOf(principal)),
}))
