import { holdProvider } from '#shared/contracts/operations/providers.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(holdProvider, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.providers.hold(workspaceId, params.key, actor, body.reason),
}))
