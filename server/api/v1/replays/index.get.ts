import { listReplays } from '#shared/contracts/operations/replays.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listReplays, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.replays.list(workspaceId, query),
}))
