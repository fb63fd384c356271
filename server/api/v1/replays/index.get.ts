import { listReplays } from '#shared/contracts/operations/replays.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOf } from '../../../utils/sight.ts'

export default defineOperation(listReplays, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.replays.list(workspaceId, query, sightOf(principal)),
}))
