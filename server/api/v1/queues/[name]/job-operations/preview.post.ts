import { previewJobOperation } from '#shared/contracts/operations/jobs.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'
import { onlooker } from '../../../../../utils/onlooker.ts'

export default defineOperation(previewJobOperation, async ({ app, workspaceId, principal, params, body }) => ({
  status: 200,
  body: await app.services.jobOperations.preview(onlooker(workspaceId, principal), params.name, body),
}))
