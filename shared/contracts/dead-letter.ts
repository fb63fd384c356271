// Dead letters: work that used up its attempts or cannot be done, grouped by cause.
import { z } from 'zod'
import { queueNames } from '../queue-names.ts'
import { attemptSchema, channels, eventTypeSchema } from './event.ts'
import { filterTextSchema, periodFilter, publicIdSchema } from './list-filters.ts'
import { pageQuery, pageSchema } from './page.ts'
import { reasonSchema } from './reason.ts'
import { recipientIdSchema } from './recipient.ts'
import { workflowKeySchema } from './workflow.ts'

export const letterKinds = ['delivery-exhausted', 'pipeline-fault'] as const
export const letterStates = ['open', 'replayed', 'discarded'] as const
export type LetterState = (typeof letterStates)[number]
export const letterReaches = ['never', 'answered', 'maybe'] as const
/** Did anything of it get out: never; answered (the other side said no); maybe (sent, and no answer came). */
export type LetterReach = (typeof letterReaches)[number]

const filterFields = {
  cause: publicIdSchema('cause').optional(),
  kind: z.enum(letterKinds).optional(),
  channel: z.enum(channels).optional(),
  queue: z
    .enum(queueNames)
    .optional()
    .meta({ description: 'What died in this queue: deliveries of its channel, or for `fan-out` events that nobody was notified of' }),
  endpoint: publicIdSchema('endpoint').optional(),
  recipient: recipientIdSchema.optional(),
  workflow: workflowKeySchema.optional(),
  eventType: eventTypeSchema.optional(),
  event: publicIdSchema('event').optional(),
  replay: publicIdSchema('replay').optional().meta({ description: 'Claimed or sent by this replay' }),
  discard: publicIdSchema('discard').optional().meta({ description: 'Given up by this discard' }),
  ...periodFilter,
  acceptedFrom: periodFilter.from.meta({
    description: 'Its event was accepted at this time or later: leaves out what is stale by now',
    example: '2026-11-20T08:00:00Z',
  }),
  repeats: z.enum(['leave-out']).optional().meta({
    description: 'Leaves out what its receiver may have got already: maybe sent, or another delivery of the same message went through',
  }),
  expired: z.enum(['leave-out']).optional().meta({ description: 'Leaves out what would be cancelled because its event has expired' }),
  q: filterTextSchema.optional().meta({
    description:
      "In the error's message, the event's type, or what would be sent; from the beginning of a word, upper and lower case alike. Viewers find by the error and the type only",
  }),
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
  closedBy: z.string().nullable().meta({ description: 'The operator or key that sent or discarded it' }),
  discardId: z.string().nullable().meta({ description: 'The discard that closed it; it can be undone' }),
  reached: z
    .enum(letterReaches)
    .meta({ description: 'never: nothing got out. answered: the other side said no. maybe: sent, and no answer came' }),
  eventSubject: z.string().nullable().meta({ example: 'octo-labs/api' }),
  payloadBytes: z.int().min(0).meta({ description: 'Of what sending again needs' }),
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
    masked: z.boolean().meta({ description: 'Secrets and personal values are masked: the caller may only look' }),
    lineage: z
      .array(
        z.strictObject({
          id: z.string(),
          createdAt: z.iso.datetime(),
          causeTitle: z.string(),
          errorCode: z.string(),
          state: z.enum(letterStates),
          outcome: z.enum(['fixed', 'failed-again', 'skipped']).nullable(),
          replayId: z.string().nullable(),
          deliveryId: z.string().nullable(),
          closedAt: z.iso.datetime().nullable(),
          closedBy: z.string().nullable(),
        }),
      )
      .meta({ description: 'The letters before it, itself, and those after it, oldest first: each was sent again and died once more' }),
  })
  .meta({ id: 'DeadLetterDetail' })
export type LetterDetail = z.infer<typeof letterDetailSchema>

const facetSchema = z.strictObject({ value: z.string(), label: z.string(), count: z.int().min(1) })
export type Facet = z.infer<typeof facetSchema>

const causeFields = {
  id: z.string().meta({ example: 'cau_0192f3a07b3e8c1d8a4f5e6d7c8b9a01' }),
  title: z.string().meta({ example: 'connection refused by webhook endpoint' }),
  kind: z.enum(letterKinds),
  errorCode: z.string(),
  count: z.int().min(0).meta({ description: 'Open letters' }),
  total: z.int().min(1).meta({ description: 'All letters that it ever had' }),
  firstSeenAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  channels: z.array(z.enum(channels)),
  sampleId: z.string().meta({ description: 'One of its letters', example: 'dl_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
  trend: z.array(z.int().min(0)).length(24).meta({ description: 'New letters by hour, the current one last' }),
  affected: z
    .strictObject({
      endpoints: z.int().min(0),
      recipients: z.int().min(0),
      workflows: z.int().min(0),
      of: z.int().min(0).meta({ description: 'Counted in the newest letters of this cause, at most 500' }),
    })
    .meta({ description: 'How many different ones' }),
  closed: z
    .strictObject({
      how: z.enum(['fixed', 'discarded', 'sent', 'failed-again']),
      at: z.iso.datetime(),
      by: z.string().nullable(),
      count: z.int().min(1),
    })
    .nullable()
    .meta({ description: 'How its last letter was closed; null while there are open ones' }),
}

export const causeSchema = z.strictObject(causeFields).meta({ id: 'Cause', description: 'Dead letters that one fix would mend' })
export type CauseView = z.infer<typeof causeSchema>
export const causePageSchema = pageSchema(causeSchema).meta({ id: 'CausePage' })

export const causeParamsSchema = z.strictObject({ id: publicIdSchema('cause') })

export const causeDetailSchema = z
  .strictObject({
    ...causeFields,
    facets: z
      .strictObject({
        endpoints: z.array(facetSchema),
        recipients: z.array(facetSchema),
        workflows: z.array(facetSchema),
        eventTypes: z.array(facetSchema),
        of: z.int().min(0).meta({ description: 'Counted in the newest open letters, at most 2,000' }),
      })
      .meta({ description: 'Whom it meets, most letters first, five of each' }),
    reach: z.strictObject({ never: z.int(), answered: z.int(), maybe: z.int() }).meta({ description: 'Of the same letters' }),
    explanation: z
      .strictObject({
        what: z.string().meta({
          example:
            'hooks.ci.example refused every connection from 02:14 to 14:29, so 847 deliveries to 2 endpoints used up their attempts.',
        }),
        sent: z.string().meta({ example: 'Nothing was ever sent, so a replay makes no duplicates.' }),
        now: z.string().nullable().meta({ description: 'The proof that it can work now, or that it cannot; null when nothing is known' }),
        works: z.boolean().nullable(),
      })
      .meta({ description: 'The cause in sentences' }),
    sample: z
      .strictObject({ id: z.string(), error: z.string(), target: z.string().nullable(), attempts: z.array(attemptSchema) })
      .nullable()
      .meta({ description: 'One letter with its last attempts' }),
  })
  .meta({ id: 'CauseDetail' })
export type CauseDetail = z.infer<typeof causeDetailSchema>

export const causeListQuerySchema = z.strictObject({
  ...pageQuery,
  kind: z.enum(letterKinds).optional(),
  channel: z.enum(channels).optional(),
  state: z.enum(['open', 'closed']).default('open').meta({ description: 'closed: those whose letters were all sent or discarded' }),
  from: periodFilter.from.meta({ description: 'Last seen at this time or later' }),
})
export type CauseListQuery = z.infer<typeof causeListQuerySchema>

export const letterCountsSchema = z
  .strictObject({
    open: z.int(),
    replayed: z.int(),
    discarded: z.int(),
    causes: z.int().meta({ description: 'That have open letters' }),
    queues: z
      .partialRecord(z.enum(queueNames), z.int())
      .meta({ description: 'Open letters by the queue whose work they were; none is left out' }),
  })
  .meta({ id: 'DeadLetterCounts' })
export type LetterCounts = z.infer<typeof letterCountsSchema>

export const discardInputSchema = z
  .strictObject({
    filter: letterFilterSchema,
    reason: reasonSchema,
    confirmCount: z.int().min(0).optional().meta({ description: 'Refused with 409 unless exactly so many letters match now' }),
  })
  .meta({ id: 'DiscardDeadLetters' })
export const discardResultSchema = z
  .strictObject({
    discarded: z.int().min(0),
    id: z.string().nullable().meta({ description: 'Names this discard, to undo it; null when nothing matched' }),
  })
  .meta({ id: 'DiscardedDeadLetters' })

export const discardSchema = z
  .strictObject({
    id: z.string(),
    filter: letterFilterSchema,
    reason: z.string(),
    letters: z.int().min(0),
    by: z.string(),
    at: z.iso.datetime(),
    undoneAt: z.iso.datetime().nullable(),
    undoneBy: z.string().nullable(),
  })
  .meta({ id: 'Discard', description: 'Letters that somebody gave up together' })
export type DiscardView = z.infer<typeof discardSchema>
export const discardPageSchema = pageSchema(discardSchema)
export const undoneSchema = z.strictObject({ reopened: z.int().min(0) }).meta({ id: 'UndoneDiscard' })
export const discardParamsSchema = z.strictObject({ id: publicIdSchema('discard') })

export const letterExportQuerySchema = z.strictObject({
  ...filterFields,
  format: z.enum(['csv', 'json']).default('csv'),
  workspace: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Of operators: the workspace, by key or id, where a link cannot send the header' }),
})
export type LetterExportQuery = z.infer<typeof letterExportQuerySchema>
