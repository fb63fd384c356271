import { getPreferences } from '#shared/contracts/operations/recipients.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(getPreferences, async ({ app, workspaceId, params }) => ({
  status: 200,
  body: await app.services.recipients.getPreferences(workspaceId, params.id),
}))
