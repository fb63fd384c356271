import { notificationDetailSchema, notificationListQuerySchema, notificationPageSchema, notificationParamsSchema } from '../delivery.ts'
import { operation } from './operation.ts'

const base = { method: 'GET', tags: ['Notifications'], auth: { scope: 'events:read' } } as const

const masking = 'Operators who may only look get what was rendered, and addresses, masked'

export const listNotificationsOperation = operation({
  ...base,
  path: '/api/v1/notifications',
  operationId: 'listNotifications',
  summary: 'List notifications, newest first',
  description: `\`state\` is that of the delivery. ${masking}, and cannot look by them.`,
  query: notificationListQuerySchema,
  responses: { 200: { description: 'One page of notifications', schema: notificationPageSchema } },
})

export const getNotificationOperation = operation({
  ...base,
  path: '/api/v1/notifications/{id}',
  operationId: 'getNotification',
  summary: 'Get a notification with its content, delivery and attempts',
  description: `${masking}.`,
  params: notificationParamsSchema,
  responses: { 200: { description: 'The notification', schema: notificationDetailSchema } },
})

export const notificationOperations = [listNotificationsOperation, getNotificationOperation]
