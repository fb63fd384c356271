import { putMembership } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../../../utils/define-operation.ts'

export default defineOperation(putMembership, async ({ app, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.operators.setRole(principal, params.id, params.workspace, body.role, body.reason),
}))
