import { resendDeliveryOperation } from '#shared/contracts/operations/deliveries.ts'
import { defineOperation } from '../../../../utils/define-operation.ts'

export default defineOperation(resendDeliveryOperation, async ({ app, workspaceId, actor, params, body }) => {
  const delivery = await app.services.deliveries.resend(workspaceId, params.id, actor, body.reason)
  return { status: 202, body: delivery, headers: { location: `/api/v1/deliveries/${delivery.id}` } }
})
