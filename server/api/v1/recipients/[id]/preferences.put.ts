import { putPreferences } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(putPreferences, async ({ app, workspaceId, actor, params, body }) => ({
  status: 200,
  body: await app.services.recipients.putPreferences(workspaceId, actor, params.id, body),
}))
