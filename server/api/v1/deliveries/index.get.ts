import { listDeliveriesOperation } from '#shared/contracts/operations/deliveries.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(listDeliveriesOperation, async ({ app, workspaceId, principal, query }) => ({
  status: 200,
  body: await app.services.deliveries.list(workspaceId, query, sightOfPerson(principal)),
}))
