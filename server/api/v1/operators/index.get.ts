import { listOperators } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listOperators, async ({ app, principal, query }) => ({
  status: 200,
  body: await app.services.identity.operators.list(principal, query),
}))
