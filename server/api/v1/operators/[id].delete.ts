import { deleteOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(deleteOperator, async ({ app, principal, params, body }) => {
  await app.services.identity.operators.remove(principal, params.id, body.reason)
  return { status: 204 }
})
