import { updateWorkspace } from '#shared/contracts/operations/workspaces.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(updateWorkspace, async ({ app, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.workspaces.rename(principal, params.id, body.name),
}))
