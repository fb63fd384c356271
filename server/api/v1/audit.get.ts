import { listAudit } from '#shared/contracts/operations/audit.ts'
import { defineOperation } from '../../utils/define-operation.ts'

export default defineOperation(listAudit, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.audit.list(workspaceId, query, { withInstance: principal.instance === true }),
}))
