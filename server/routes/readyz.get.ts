import { getReadiness } from '#shared/contracts/operations/system.ts'
import { checkReadiness } from '../utils/check-readiness.ts'
import { useAppOrNothing } from '../utils/app.ts'
import { defineOperation } from '../utils/define-operation.ts'

export default defineOperation(getReadiness, async () => {
  const readiness = await checkReadiness(useAppOrNothing())
  return readiness.status === 'unready' ? { status: 503, body: readiness, headers: { 'retry-after': 1 } } : { status: 200, body: readiness }
})
