import { updateOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(updateOperator, async ({ app, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.operators.update(principal, params.id, body),
}))
