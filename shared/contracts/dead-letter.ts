// Dead letters: work that used up its attempts or cannot be done, grouped by cause.
import { z } from 'zod'
import { attemptSchema, channels } from './event.ts'
import { filterTextSchema, periodFilter, publicIdSchema } from './list-filters.ts'
import { pageQuery, pageSchema } from './page.ts'
import { reasonSchema } from './reason.ts'
import { recipientIdSchema } from './recipient.ts'

export const letterKinds = ['delivery-exhausted', 'pipeline-fault'] as const
export const letterStates = ['open', 'replayed', 'discarded'] as const
export type LetterState = (typeof letterStates)[number]

const filterFields = {
  cause: publicIdSchema('cause').optional(),
  kind: z.enum(letterKinds).optional(),
  channel: z.enum(channels).optional(),
  endpoint: publicIdSchema('endpoint').optional(),
  recipient: recipientIdSchema.optional(),
  ...periodFilter,
  q: filterTextSchema
    .optional()
    .meta({ description: "In the error's message, the event's type, or what would be sent; upper and lower case alike" }),
  state: z.enum(letterStates).optional(),
}

/** Which letters: shown by a list, touched by a discard or a replay. Everything given must hold. */
export const letterFilterSchema = z
  .strictObject({
    ...filterFields,
    ids: z.array(publicIdSchema('deadLetter')).min(1).max(1_000).optional().meta({ description: 'Only these' }),
  })
  .meta({ id: 'DeadLetterFilter' })
export type LetterFilter = z.infer<typeof letterFilterSchema>

export const letterListQuerySchema = z.strictObject({ ...pageQuery, ...filterFields })
export type LetterListQuery = z.infer<typeof letterListQuerySchema>

export const letterParamsSchema = z.strictObject({ id: publicIdSchema('deadLetter') })

const letterFields = {
  id: z.string().meta({ example: 'dl_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  kind: z
    .enum(letterKinds)
    .meta({ description: 'delivery-exhausted: the attempts are used up. pipeline-fault: it could not be worked on' }),
  causeId: z.string().meta({ example: 'cau_0192f3a07b3e8c1d8a4f5e6d7c8b9a01' }),
  deliveryId: z.string().nullable().meta({ description: 'null when the fan-out itself failed' }),
  eventId: z.string(),
  eventType: z.string(),
  channel: z.enum(channels).nullable(),
  workflowKey: z.string().nullable(),
  recipientId: z.string().nullable(),
  endpointId: z.string().nullable(),
  previousId: z
    .string()
    .nullable()
    .meta({ description: 'The letter of the same delivery before this one: it was replayed and failed again' }),
  replayId: z.string().nullable().meta({ description: 'The replay that has claimed or sent it' }),
  error: z.strictObject({ code: z.string().meta({ example: 'connection-refused' }), message: z.string() }),
  attempts: z.int().min(0).meta({ description: 'Attempts since the delivery was last put to work' }),
  createdAt: z.iso.datetime(),
  state: z.enum(letterStates),
  outcome: z.enum(['fixed', 'failed-again', 'skipped']).nullable().meta({ description: 'What became of its replay' }),
  closedAt: z.iso.datetime().nullable(),
  closedReason: z.string().nullable(),
}

export const letterSchema = z.strictObject(letterFields).meta({ id: 'DeadLetter' })
export type LetterView = z.infer<typeof letterSchema>
export const letterPageSchema = pageSchema(letterSchema).meta({ id: 'DeadLetterPage' })

/** With what sending again needs, and where it comes from and went. */
export const letterDetailSchema = z
  .strictObject({
    ...letterFields,
    causeTitle: z.string(),
    snapshot: z
      .strictObject({
        event: z.strictObject({
          type: z.string().nullable(),
          acceptedAt: z.iso.datetime().nullable(),
          data: z.record(z.string(), z.unknown()).nullable(),
          recipients: z.array(z.unknown()).nullable(),
          source: z.string().nullable(),
          subject: z.string().nullable(),
          audience: z.string().nullable(),
        }),
        content: z.record(z.string(), z.unknown()).nullable().meta({ description: 'The rendered message; null for webhooks and fan-outs' }),
        address: z.string().nullable(),
        override: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What an edited copy sends instead' }),
      })
      .meta({ description: 'As it was when it died' }),
    deliveryState: z.string().nullable().meta({ description: 'Of the delivery, now' }),
    attemptHistory: z.array(attemptSchema).meta({ description: 'Every attempt of the delivery, earlier lives included' }),
    nextId: z.string().nullable().meta({ description: 'The letter that came when its replay failed again' }),
  })
  .meta({ id: 'DeadLetterDetail' })
export type LetterDetail = z.infer<typeof letterDetailSchema>

export const causeSchema = z
  .strictObject({
    id: z.string().meta({ example: 'cau_0192f3a07b3e8c1d8a4f5e6d7c8b9a01' }),
    title: z.string().meta({ example: 'connection refused by webhook endpoint' }),
    kind: z.enum(letterKinds),
    errorCode: z.string(),
    count: z.int().min(1).meta({ description: 'Open letters' }),
    total: z.int().min(1).meta({ description: 'All letters that it ever had' }),
    firstSeenAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    channels: z.array(z.enum(channels)),
    sampleId: z.string().meta({ description: 'One of its letters', example: 'dl_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  })
  .meta({ id: 'Cause', description: 'Dead letters that one fix would mend' })
export type CauseView = z.infer<typeof causeSchema>
export const causePageSchema = pageSchema(causeSchema).meta({ id: 'CausePage' })

export const causeListQuerySchema = z.strictObject({
  ...pageQuery,
  kind: z.enum(letterKinds).optional(),
  channel: z.enum(channels).optional(),
})
export type CauseListQuery = z.infer<typeof causeListQuerySchema>

export const discardInputSchema = z.strictObject({ filter: letterFilterSchema, reason: reasonSchema }).meta({ id: 'DiscardDeadLetters' })
export const discardResultSchema = z.strictObject({ discarded: z.int().min(0) }).meta({ id: 'DiscardedDeadLetters' })
