import { releaseProvider } from '#shared/contracts/operations/providers.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(releaseProvider, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.providers.release(workspaceId, params.key, actor, body.reason),
}))
