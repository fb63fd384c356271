import { getOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(getOperator, async ({ app, principal, params }) => ({
  status: 200,
  body: await app.services.identity.operators.get(principal, params.id),
}))
