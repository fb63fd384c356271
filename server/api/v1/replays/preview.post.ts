import { previewReplay } from '#shared/contracts/operations/replays.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(previewReplay, async ({ app, workspaceId, body }) => ({
  status: 200,
  body: await app.services.replays.preview(workspaceId, body),
}))
