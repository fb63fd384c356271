// What comes in and what can be read back of an event. Limits are part of the contract.
import { z } from 'zod'
import {
  attemptOutcomes,
  channels,
  deliveryStates,
  eventStates,
  type Channel,
  type DeliveryState,
  type EventState,
} from './event-states.ts'
import { recipientIdSchema, recipientProfileFields } from './recipient.ts'
import { topicKeySchema } from './topic.ts'

export { attemptOutcomes, channels, deliveryStates, eventStates, type Channel, type DeliveryState, type EventState }

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
  priority: z.enum(['low', 'normal', 'high']).optional().meta({
    description: 'Who goes first where work of the same workspace or endpoint has to wait: high, then normal (the default), then low.',
  }),
})
export type EventInput = z.infer<typeof eventInputSchema>

export const eventBatchSchema = z.strictObject({ events: z.array(z.unknown()).min(1).max(1_000) })

export const acceptedSchema = z.strictObject({
  id: z.string().meta({ example: 'evt_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  status: z.literal('accepted'),
  acceptedAt: z.iso.datetime(),
})
export type Accepted = z.infer<typeof acceptedSchema>

export const attemptSchema = z.strictObject({
  number: z.int().meta({ example: 1 }),
  startedAt: z.iso.datetime(),
  durationMs: z.int().nullable().meta({ example: 12, description: 'null while it runs' }),
  outcome: z.enum(attemptOutcomes).nullable().meta({ example: 'delivered', description: 'null while it runs' }),
  statusCode: z.int().nullable().meta({ example: 200, description: 'Of HTTP, or of SMTP' }),
  error: z.string().nullable(),
  errorCode: z
    .string()
    .optional()
    .meta({ example: 'connection-refused', description: 'Of a failed one: the word that causes are grouped by' }),
  connection: z
    .strictObject({
      connectMs: z.int().meta({ description: 'The name and TCP' }),
      tlsMs: z.int().nullable().meta({ description: 'The TLS handshake; null without TLS' }),
    })
    .optional()
    .meta({ description: 'What opening its connection took, of durationMs; missing when a kept connection was used' }),
  firstByteMs: z.int().optional().meta({
    description:
      'Of durationMs, from the request on an open connection to the first byte of the answer: the time of the receiver. Missing when nothing was answered, and of what was delivered on a kept connection, where it is nearly all of durationMs',
  }),
})

export const deliverySchema = z.strictObject({
  id: z.string().meta({ example: 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01', description: 'The `webhook-id` of every attempt' }),
  eventId: z.string().meta({ example: 'evt_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  channel: z.enum(channels).meta({ example: 'webhook' }),
  recipientId: z.string().nullable().meta({ description: 'null for webhooks' }),
  endpointId: z.string().nullable().meta({ example: 'end_0192f3a07b3e7c1d8a4f5e6d7c8b9a01', description: 'null but for webhooks' }),
  notificationId: z.string().nullable(),
  previousId: z.string().nullable().meta({ description: 'The delivery that this one sends once more' }),
  state: z.enum(deliveryStates).meta({ example: 'delivered' }),
  reason: z.string().nullable().meta({ description: 'Why it was suppressed, cancelled or is held' }),
  nextAttemptAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable().meta({ example: '2026-11-20T14:32:08Z' }),
  attempts: z.array(attemptSchema),
})
export type DeliveryView = z.infer<typeof deliverySchema>

export const notificationSchema = z.strictObject({
  id: z.string().meta({ example: 'ntf_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  eventId: z.string().meta({ example: 'evt_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  recipientId: z.string().meta({ example: 'u1' }),
  workflowKey: z.string().meta({ example: 'welcome' }),
  channel: z.enum(channels),
  state: z.enum(deliveryStates).meta({ example: 'delivered' }),
  deliveryId: z.string().meta({ example: 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  address: z.string().nullable().meta({ example: 'ada@example.com', description: 'null for inbox messages' }),
  subject: z.string().nullable().meta({ example: 'Fix the parser was opened', description: 'Subject or title' }),
  sequence: z.int().nullable().meta({ description: "Of the recipient's inbox" }),
  readAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
})
export type NotificationView = z.infer<typeof notificationSchema>

export const eventSummarySchema = z.strictObject({
  id: z.string().meta({ example: 'evt_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  type: z.string().meta({ example: 'pull_request.opened' }),
  state: z.enum(eventStates).meta({ example: 'completed' }),
  reason: z.string().nullable(),
  acceptedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable().meta({ example: '2026-11-20T14:32:08Z' }),
  scheduledAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  source: z.string().nullable().meta({ example: 'github' }),
  subject: z.string().nullable(),
  audience: z.string().nullable(),
  priority: z.enum(['low', 'normal', 'high']).meta({ example: 'normal' }),
})
export type EventSummary = z.infer<typeof eventSummarySchema>

export const eventSchema = eventSummarySchema.extend({
  recipients: z.array(z.unknown()).meta({ example: ['u1'] }),
  data: z.record(z.string(), z.unknown()).meta({ example: { title: 'Fix the parser' } }),
  attachments: z.array(z.string()).meta({ description: 'Ids of its files' }),
  notifications: z.array(notificationSchema),
  deliveries: z.array(deliverySchema),
})
export type EventView = z.infer<typeof eventSchema>
