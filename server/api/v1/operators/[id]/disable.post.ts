import { disableOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(disableOperator, async ({ app, principal, params, body }) => ({
  status: 200,
  body: await app.services.identity.operators.setDisabled(principal, params.id, true, body.reason),
}))
