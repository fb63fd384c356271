// What comes in and what can be read back of an event. Limits are part of the contract.
import { z } from 'zod'
import { recipientIdSchema, recipientProfileFields } from './recipient.ts'
import { topicKeySchema } from './topic.ts'

export const eventStates = ['scheduled', 'accepted', 'processing', 'completed', 'unmatched', 'dead', 'cancelled'] as const
export type EventState = (typeof eventStates)[number]

export const priorities = { low: -1, normal: 0, high: 1 } as const

/** One line of plain text: no control characters, which mail headers and our own bulk statements rely on. */
export const lineSchema = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    // eslint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')

export const eventTypeSchema = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 of A-Z a-z 0-9 . _ -')

export const recipientReferenceSchema = z.union(
  [recipientIdSchema, z.strictObject({ topic: topicKeySchema }), z.strictObject({ id: recipientIdSchema, ...recipientProfileFields })],
  { error: 'must be a recipient id, { "topic": "..." }, or { "id": "...", "email": "..." }' },
)
export type RecipientReference = z.infer<typeof recipientReferenceSchema>

const momentSchema = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time with a zone, for example 2026-01-01T00:00:00Z' })

export const eventInputSchema = z.strictObject({
  type: eventTypeSchema,
  recipients: z.array(recipientReferenceSchema).max(1_000).default([]),
  data: z.record(z.string(), z.unknown()).default({}),
  source: lineSchema(256).optional(),
  subject: lineSchema(512).optional(),
  audience: lineSchema(128).optional(),
  scheduledAt: momentSchema.optional(),
  expiresAt: momentSchema.optional(),
  attachments: z
    .array(z.string().regex(/^att_[0-9a-f]{32}$/, 'must be an attachment id'))
    .max(20)
    .optional(),
  priority: z.enum(['low', 'normal', 'high']).optional(),
})
export type EventInput = z.infer<typeof eventInputSchema>

export const eventBatchSchema = z.strictObject({ events: z.array(z.unknown()).min(1).max(1_000) })

export const acceptedSchema = z.strictObject({ id: z.string(), status: z.literal('accepted'), acceptedAt: z.iso.datetime() })
export type Accepted = z.infer<typeof acceptedSchema>

export const attemptOutcomes = ['delivered', 'retry', 'give-up', 'maybe-sent'] as const
export const deliveryStates = [
  'pending',
  'sending',
  'retrying',
  'delivered',
  'dead',
  'suppressed',
  'cancelled',
  'held',
  'maybe-sent',
] as const
export type DeliveryState = (typeof deliveryStates)[number]
export const channels = ['email', 'webhook', 'in-app'] as const
export type Channel = (typeof channels)[number]

export const attemptSchema = z.strictObject({
  number: z.int(),
  startedAt: z.iso.datetime(),
  durationMs: z.int().nullable(),
  outcome: z.enum(attemptOutcomes).nullable(),
  statusCode: z.int().nullable(),
  error: z.string().nullable(),
})

export const deliverySchema = z.strictObject({
  id: z.string(),
  eventId: z.string(),
  channel: z.enum(channels),
  recipientId: z.string().nullable(),
  endpointId: z.string().nullable(),
  notificationId: z.string().nullable(),
  previousId: z.string().nullable(),
  state: z.enum(deliveryStates),
  reason: z.string().nullable(),
  nextAttemptAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  attempts: z.array(attemptSchema),
})
export type DeliveryView = z.infer<typeof deliverySchema>

export const notificationSchema = z.strictObject({
  id: z.string(),
  eventId: z.string(),
  recipientId: z.string(),
  workflowKey: z.string(),
  channel: z.enum(channels),
  state: z.enum(deliveryStates),
  deliveryId: z.string(),
  address: z.string().nullable(),
  subject: z.string().nullable(),
  createdAt: z.iso.datetime(),
})
export type NotificationView = z.infer<typeof notificationSchema>

export const eventSummarySchema = z.strictObject({
  id: z.string(),
  type: z.string(),
  state: z.enum(eventStates),
  reason: z.string().nullable(),
  acceptedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  scheduledAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  source: z.string().nullable(),
  subject: z.string().nullable(),
  audience: z.string().nullable(),
  priority: z.enum(['low', 'normal', 'high']),
})
export type EventSummary = z.infer<typeof eventSummarySchema>

export const eventSchema = eventSummarySchema.extend({
  recipients: z.array(z.unknown()),
  data: z.record(z.string(), z.unknown()),
  notifications: z.array(notificationSchema),
  deliveries: z.array(deliverySchema),
})
export type EventView = z.infer<typeof eventSchema>
