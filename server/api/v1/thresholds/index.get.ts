import { listThresholds } from '#shared/contracts/operations/live.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listThresholds, async ({ app }) => ({
  status: 200,
  body: { items: await app.services.thresholds.list(), nextCursor: null },
}))
