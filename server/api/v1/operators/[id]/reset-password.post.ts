import { resetPassword } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(resetPassword, async ({ app, principal, params, body }) => ({
  status: 200,
  body: { password: await app.services.identity.operators.resetPassword(principal, params.id, body.password, body.reason) },
}))
