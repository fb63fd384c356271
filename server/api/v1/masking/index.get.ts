import { getMasking } from '#shared/contracts/operations/masking.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getMasking, async ({ app, workspaceId }) => ({
  status: 200,
  body: await app.services.masking.get(workspaceId),
}))
