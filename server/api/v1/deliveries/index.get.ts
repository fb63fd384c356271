import { listDeliveriesOperation } from '#shared/contracts/operations/deliveries.ts'
import { defineOperation } from '../../../utils/define-operation.ts'

export default defineOperation(listDeliveriesOperation, async ({ app, workspaceId, query }) => ({
  status: 200,
  body: await app.services.deliveries.list(workspaceId, query),
}))
