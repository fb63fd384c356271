import { readTopology } from '#shared/contracts/operations/live.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(readTopology, async ({ workspaceId, app }) => ({
  status: 200,
  body: await app.services.picture.topology(workspaceId),
}))
