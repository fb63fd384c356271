import { createWorkspace } from '#shared/contracts/operations/workspaces.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(createWorkspace, async ({ app, principal, body }) => ({
  status: 201,
  body: await app.services.identity.workspaces.create(principal, body),
}))
