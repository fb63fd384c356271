import { listWorkspaces } from '#shared/contracts/operations/workspaces.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listWorkspaces, async ({ app, query }) => ({
  status: 200,
  body: await app.services.identity.workspaces.list(query),
}))
