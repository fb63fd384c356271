import { getDeliveryOperation } from '#shared/contracts/operations/deliveries.ts'
import { defineOperation } from '../../../utils/define-operation.ts'
import { sightOfPerson } from '../../../utils/sight.ts'

export default defineOperation(getDeliveryOperation, async ({ app, workspaceId, principal, params }) => ({
  status: 200,
  body: await app.services.deliveries.get(workspaceId, params.id, sightOfPerson(principal)),
}))
