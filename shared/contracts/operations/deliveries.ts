import { deliveryDetailSchema, deliveryListQuerySchema, deliveryPageSchema, deliveryParamsSchema } from '../delivery.ts'
import { reasonInputSchema } from '../reason.ts'
import { operation } from './operation.ts'

const reading = { method: 'GET', tags: ['Deliveries'], auth: { scope: 'events:read' } } as const

export const listDeliveriesOperation = operation({
  ...reading,
  path: '/api/v1/deliveries',
  operationId: 'listDeliveries',
  summary: 'List deliveries with their attempts, newest first',
  query: deliveryListQuerySchema,
  responses: { 200: { description: 'One page of deliveries', schema: deliveryPageSchema } },
})

export const getDeliveryOperation = operation({
  ...reading,
  path: '/api/v1/deliveries/{id}',
  operationId: 'getDelivery',
  summary: 'Get a delivery with its attempts and its lineage',
  params: deliveryParamsSchema,
  responses: { 200: { description: 'The delivery', schema: deliveryDetailSchema } },
})

export const resendDeliveryOperation = operation({
  method: 'POST',
  path: '/api/v1/deliveries/{id}/resend',
  operationId: 'resendDelivery',
  summary: 'Send a delivery once more',
  description: [
    'Makes a new delivery with the same content, linked by `previousId`; the receiver sees a new `webhook-id` or message. A mail goes to the address that the recipient has now.',
    'For what has ended: delivered, maybe-sent, dead or cancelled. What was suppressed stays so, and a letter of a dead delivery stays open: to mend that one, replay it.',
  ].join('\n\n'),
  tags: ['Deliveries'],
  auth: { scope: 'operate' },
  params: deliveryParamsSchema,
  body: reasonInputSchema,
  responses: {
    202: {
      description: 'The new delivery',
      schema: deliveryDetailSchema,
      headers: { Location: { description: 'Where the new delivery is' } },
    },
    409: { description: 'It may not be sent again: it has not ended, was suppressed, or its event or endpoint is gone' },
  },
})

export const deliveryOperations = [listDeliveriesOperation, getDeliveryOperation, resendDeliveryOperation]
