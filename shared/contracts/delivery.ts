// Deliveries and notifications as they are read, and the resend of a delivery.
import { z } from 'zod'
import { channels, deliverySchema, deliveryStates, eventTypeSchema, notificationSchema } from './event.ts'
import { filterTextSchema, periodFilter, publicIdSchema } from './list-filters.ts'
import { lookPageSchema, pageQuery } from './page.ts'
import { recipientIdSchema } from './recipient.ts'

const shared = {
  ...pageQuery,
  state: z.enum(deliveryStates).optional(),
  channel: z.enum(channels).optional(),
  recipient: recipientIdSchema.optional(),
  address: filterTextSchema.optional().meta({ description: 'Sent to this address; upper and lower case alike' }),
  subject: filterTextSchema.optional().meta({ description: "With this in the message's subject or title; upper and lower case alike" }),
  type: eventTypeSchema.optional().meta({ description: "The event's type" }),
  event: publicIdSchema('event').optional(),
  ...periodFilter,
}

export const deliveryListQuerySchema = z.strictObject({ ...shared, endpoint: publicIdSchema('endpoint').optional() })
export type DeliveryListQuery = z.infer<typeof deliveryListQuerySchema>

export const deliveryPageSchema = lookPageSchema(deliverySchema).meta({ id: 'DeliveryPage' })
export const deliveryParamsSchema = z.strictObject({ id: publicIdSchema('delivery') })

export const deliveryDetailSchema = deliverySchema
  .extend({
    generation: z.int().min(0).meta({ description: "0: the event's own; a resend or an edited replay makes the next one" }),
    nextIds: z.array(z.string()).meta({ description: 'Deliveries that were made from this one' }),
  })
  .meta({ id: 'DeliveryDetail' })
export type DeliveryDetail = z.infer<typeof deliveryDetailSchema>

export const notificationListQuerySchema = z.strictObject({
  ...shared,
  workflow: filterTextSchema.optional().meta({ description: "The workflow's key" }),
})
export type NotificationListQuery = z.infer<typeof notificationListQuerySchema>

export const notificationPageSchema = lookPageSchema(notificationSchema).meta({ id: 'NotificationPage' })
export const notificationParamsSchema = z.strictObject({ id: publicIdSchema('notification') })

export const notificationDetailSchema = notificationSchema
  .extend({
    workflowVersion: z.int(),
    stepId: z.string(),
    content: z.record(z.string(), z.unknown()).nullable().meta({
      description:
        'As it was rendered: `subject`, `html` and `text` of a mail, `title`, `body` and `url` of an inbox message; null when nothing was rendered',
    }),
    masked: z.boolean().meta({ description: 'Content, subject and address are masked: the caller may only look' }),
    archivedAt: z.iso.datetime().nullable(),
    delivery: deliverySchema,
  })
  .meta({ id: 'NotificationDetail' })
export type NotificationDetail = z.infer<typeof notificationDetailSchema>
