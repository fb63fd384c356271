// Why a recipient did or did not get an event: one sentence, and the rows that prove it.
import { z } from 'zod'
import { channels, deliveryStates, eventStates } from './event.ts'
import { publicIdSchema } from './list-filters.ts'
import { recipientIdSchema } from './recipient.ts'

export const explainQuerySchema = z.strictObject({
  recipient: recipientIdSchema
    .optional()
    .meta({ description: "The recipient's id, or the address when nobody has that id. Alone: their last events." }),
  event: publicIdSchema('event').optional().meta({ description: 'Alone: whether everybody it was for got it' }),
})
export type ExplainQuery = z.infer<typeof explainQuerySchema>

/** partly: some messages arrived and others did not. none: there was nothing to get. */
export const explainAnswers = ['yes', 'partly', 'not-yet', 'maybe', 'no', 'none'] as const
export type ExplainAnswer = (typeof explainAnswers)[number]

export const explainStepKinds = [
  'event',
  'workflow',
  'recipient',
  'preference',
  'notification',
  'delivery',
  'attempt',
  'dead-letter',
  'replay',
  'resend',
  'queue',
  'endpoint',
  'summary',
] as const
export type ExplainStepKind = (typeof explainStepKinds)[number]

/** How a step went: `stop` is where it ended, `wait` where it stands now. */
export const explainStepResults = ['ok', 'wait', 'warn', 'stop', 'info'] as const
export type ExplainStepResult = (typeof explainStepResults)[number]

export const explainStepSchema = z
  .strictObject({
    kind: z.enum(explainStepKinds),
    id: z.string().nullable().meta({ description: 'Of the row that proves it', example: 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    at: z.iso.datetime().nullable().meta({ description: 'When the row says so' }),
    result: z.enum(explainStepResults).meta({ description: '`stop` is where it ended, `wait` where it stands now' }),
    text: z.string().meta({ example: 'Attempt 3 delivered it after 412 ms.' }),
  })
  .meta({ id: 'ExplainStep' })
export type ExplainStep = z.infer<typeof explainStepSchema>

export const explainCountsSchema = z
  .strictObject({
    deliveries: z.int().meta({ description: 'Each with its resends counted once' }),
    byState: z.partialRecord(z.enum(deliveryStates), z.int()),
    byChannel: z.partialRecord(z.enum(channels), z.strictObject({ deliveries: z.int(), delivered: z.int() })),
  })
  .meta({ id: 'ExplainCounts' })
export type ExplainCounts = z.infer<typeof explainCountsSchema>

export const explainEventSchema = z
  .strictObject({
    eventId: z.string(),
    type: z.string(),
    state: z.enum(eventStates),
    acceptedAt: z.iso.datetime(),
    answer: z.enum(explainAnswers),
    sentence: z.string(),
  })
  .meta({ id: 'ExplainedEvent' })
export type ExplainedEvent = z.infer<typeof explainEventSchema>

export const explanationSchema = z
  .strictObject({
    asOf: z.iso.datetime(),
    recipientId: z.string().nullable(),
    eventId: z.string().nullable(),
    answer: z.enum(explainAnswers),
    sentence: z
      .string()
      .meta({ example: 'u1 got it: the email to ada@example.com was delivered at 14:27:15 UTC, 6 m 12 s after the event.' }),
    details: z.array(z.string()).meta({ description: 'What was late and what was not sent, a sentence each' }),
    chain: z.array(explainStepSchema),
    counts: explainCountsSchema.nullable().meta({ description: 'With an event alone' }),
    events: z.array(explainEventSchema).meta({ description: 'With a recipient alone: their last events, newest first' }),
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof explanationSchema>
