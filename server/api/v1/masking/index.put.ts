import { putMasking } from '#shared/contracts/operations/masking.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(putMasking, async ({ app, workspaceId, actor, body }) => ({
  status: 200,
  body: await app.services.masking.put(workspaceId, actor, body),
}))
