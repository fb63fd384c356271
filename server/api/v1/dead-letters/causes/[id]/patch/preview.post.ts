import { previewPatch } from '#shared/contracts/operations/replays.ts'
import { defineOperation } from '../../../../../../utils/define-operation.ts'

export default defineOperation(previewPatch, async ({ app, workspaceId, params, body }) => ({
  status: 200,
  body: await app.services.replays.previewPatch(workspaceId, params.id, body.patch),
}))
