import { createOperator } from '#shared/contracts/operations/operators.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(createOperator, async ({ app, principal, body }) => {
  const operator = await app.services.identity.operators.create(principal, body)
  return { status: 201, body: operator, headers: { location: `/api/v1/operators/${operator.id}` } }
})
