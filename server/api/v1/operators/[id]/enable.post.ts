import { enableOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(enableOperator, async ({ app, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.operators.setDisabled(principal, params.id, false, body.reason),
}))
