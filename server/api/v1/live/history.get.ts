import { readLiveHistory } from '#shared/contracts/operations/live.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(readLiveHistory, async ({ workspaceId, query, app }) => ({
  status: 200,
  body: await app.services.picture.history(workspaceId, query),
}))
