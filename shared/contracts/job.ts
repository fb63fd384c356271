// Jobs: the rows of the outbox, each one piece of work that is not done. What is done has no row any more.
import { z } from 'zod'
import { queueNames } from '../jobs/queues.ts'
import { attemptSchema, deliveryStates, eventStates } from './event.ts'
import { filterTextSchema } from './list-filters.ts'
import { pageQuery } from './page.ts'
import { reasonSchema } from './reason.ts'

export const jobStates = ['waiting', 'active', 'delayed', 'held'] as const
export type JobState = (typeof jobStates)[number]

export const jobKinds = ['fan-out', 'deliver', 'replay', 'bulk'] as const

/** A job has the id of what it is about: an event to fan out, a delivery to send, a replay or an operation to go on with. */
const jobIdSchema = z
  .string()
  .regex(/^(evt|dlv|rpl|jop)_[0-9a-f]{32}$/, 'must be the id of an event, a delivery, a replay or an operation')
  .meta({ example: 'dlv_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' })

export const jobSchema = z
  .strictObject({
    id: jobIdSchema,
    kind: z.enum(jobKinds),
    state: z.enum(jobStates).meta({
      description:
        'waiting: due, and no worker has started it; active: a worker has it; delayed: due later; held: its endpoint is disabled',
    }),
    standsIn: z.enum(['postgres', 'redis', 'worker']).meta({ description: 'Handed over or not; a worker has started it' }),
    lane: z.string().meta({ description: "An endpoint's id for webhooks, else a workspace's key" }),
    workspaceKey: z.string(),
    workspaceName: z.string(),
    eventId: z.string().nullable(),
    eventType: z.string().nullable().meta({ example: 'pull_request.opened' }),
    subject: z.string().nullable().meta({ description: "The message's subject or title, else the event's subject" }),
    recipientId: z.string().nullable(),
    address: z.string().nullable(),
    endpointId: z.string().nullable(),
    endpointUrl: z.string().nullable(),
    tries: z.int().meta({ description: 'Attempts since it was last put to work' }),
    starts: z.int().meta({ description: 'How often a worker has started it without an effect; after 5 it becomes a dead letter' }),
    dueAt: z.iso.datetime().nullable().meta({ description: 'null while it is held' }),
    waitingMs: z.int().min(0).meta({ description: 'Since it was due; 0 when it is not' }),
    error: z.string().nullable().meta({ description: 'Of its last attempt, or of its last start' }),
  })
  .meta({ id: 'Job' })
export type JobView = z.infer<typeof jobSchema>

const filterFields = {
  state: z
    .enum([...jobStates, 'paused'])
    .default('waiting')
    .meta({ description: 'paused: what waits while its queue is paused' }),
  q: filterTextSchema.optional().meta({
    description: 'Looks into payload, event type, subject, recipient, address, endpoint and error; an id finds what belongs to it',
  }),
  lane: z.string().min(1).max(100).optional().meta({ description: "An endpoint's id, or a workspace's key" }),
}

export const jobListQuerySchema = z.strictObject({ ...pageQuery, ...filterFields })
export type JobListQuery = z.infer<typeof jobListQuerySchema>

/** Jobs that a person marked one by one. */
const jobIdsMax = 500
/** Jobs that may be let go first together: they stand in Redis, past the share that keeps it small. */
export const promoteMax = 10_000

export const jobFilterSchema = z
  .strictObject({
    ...filterFields,
    ids: z.array(jobIdSchema).min(1).max(jobIdsMax).optional().meta({ description: 'Only these, and only while they are in this state' }),
  })
  .meta({ id: 'JobFilter' })
export type JobFilter = z.infer<typeof jobFilterSchema>

export const jobPageSchema = z
  .strictObject({
    items: z.array(jobSchema),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'null when there is no more. A search answers after a moment with what it has found so far: go on with this' }),
    searched: z.int().nullable().meta({ description: 'Jobs that this answer of a search has looked into; null without one' }),
  })
  .meta({ id: 'JobPage' })
export type JobPage = z.infer<typeof jobPageSchema>

export const jobParamsSchema = z.strictObject({ name: z.enum(queueNames), id: jobIdSchema })

export const jobDetailSchema = jobSchema
  .extend({
    queuePaused: z.boolean(),
    dispatches: z.int().meta({ description: 'How often it was handed over; a job in Redis with another number is dropped' }),
    suspect: z.boolean().meta({ description: 'Started several times without an effect: runs alone' }),
    lease: z
      .strictObject({
        until: z.iso.datetime().nullable().meta({ description: 'null once a worker has started it: its heartbeat holds it' }),
        worker: z.strictObject({ id: z.string(), name: z.string(), host: z.string(), lastSeenAt: z.iso.datetime() }).nullable(),
      })
      .nullable(),
    cursor: z.string().nullable().meta({ description: 'Where a large fan-out goes on' }),
    event: z
      .strictObject({
        id: z.string(),
        type: z.string(),
        state: z.enum(eventStates),
        subject: z.string().nullable(),
        acceptedAt: z.iso.datetime(),
        openDeliveries: z.int(),
      })
      .nullable(),
    delivery: z
      .strictObject({
        id: z.string(),
        state: z.enum(deliveryStates),
        reason: z.string().nullable(),
        channel: z.string(),
        generation: z.int(),
        nextAttemptAt: z.iso.datetime().nullable(),
        attempts: z.array(attemptSchema),
      })
      .nullable(),
    payload: z
      .string()
      .nullable()
      .meta({ description: "JSON: the event's data, or the body that replaced it. null for another workspace's work" }),
  })
  .meta({ id: 'JobDetail' })
export type JobDetail = z.infer<typeof jobDetailSchema>

export const jobActionResultSchema = z
  .strictObject({
    id: jobIdSchema,
    done: z.enum(['retried', 'promoted', 'removed']),
    job: jobSchema.nullable().meta({ description: 'As it is now; null when it is gone' }),
  })
  .meta({ id: 'JobActionResult' })
export type JobActionResult = z.infer<typeof jobActionResultSchema>

// ---------------------------------------------------------------- many at once
export const bulkActions = ['retry', 'promote', 'remove'] as const
export type BulkAction = (typeof bulkActions)[number]

export const jobBulkPreviewInputSchema = z
  .strictObject({ action: z.enum(bulkActions), filter: jobFilterSchema })
  .meta({ id: 'JobBulkPreviewInput' })

export const jobBulkPreviewSchema = z
  .strictObject({
    total: z.int().meta({ description: 'Exactly so many match now' }),
    lanes: z.array(z.strictObject({ lane: z.string(), count: z.int() })).meta({ description: 'The ten with the most' }),
    oldestDueAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'JobBulkPreview' })
export type JobBulkPreview = z.infer<typeof jobBulkPreviewSchema>

export const jobBulkInputSchema = z
  .strictObject({
    action: z.enum(bulkActions),
    filter: jobFilterSchema,
    reason: reasonSchema,
    confirmCount: z.int().min(0).meta({ description: 'Refused with 409 unless exactly so many match now' }),
  })
  .meta({ id: 'JobBulkInput' })
export type JobBulkInput = z.infer<typeof jobBulkInputSchema>

export const jobOperationStates = ['running', 'completed', 'aborted', 'stopped'] as const
export type JobOperationState = (typeof jobOperationStates)[number]

export const jobOperationSchema = z
  .strictObject({
    id: z.string().meta({ example: 'jop_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    queue: z.enum(queueNames),
    action: z.enum(bulkActions),
    filter: jobFilterSchema,
    state: z.enum(jobOperationStates),
    total: z.int().meta({ description: 'What matched when it was started' }),
    done: z.int(),
    skipped: z.int().meta({ description: 'Matched at the start and had moved on by its turn: done, started, or taken by somebody else' }),
    reason: z.string(),
    startedBy: z.string(),
    stopReason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'JobOperation' })
export type JobOperationView = z.infer<typeof jobOperationSchema>

export const jobOperationParamsSchema = z.strictObject({
  name: z.enum(queueNames),
  id: z.string().regex(/^jop_[0-9a-f]{32}$/, 'must be the id of an operation'),
})

// ---------------------------------------------------------------- why is this job not running?
export const whyCheckIds = ['paused', 'due', 'held', 'limited', 'behind', 'workers'] as const

export const whySchema = z
  .strictObject({
    id: jobIdSchema,
    sentence: z.string().meta({ example: 'It is behind 4,210 rows of other lanes. It starts in about 1 m 53 s.' }),
    startsInSeconds: z
      .number()
      .nullable()
      .meta({ description: 'At the rates of now; null when it would not start by itself, or nobody can tell' }),
    checks: z
      .array(
        z.strictObject({
          id: z.enum(whyCheckIds),
          state: z.enum(['ok', 'warn', 'fail']),
          text: z.string(),
          figure: z.string().nullable(),
        }),
      )
      .meta({ description: 'In order: the first that is not ok is the answer' }),
    help: z.array(
      z.strictObject({
        action: z.enum([
          'resume',
          'retry',
          'promote',
          'unlimit-lane',
          'raise-rate',
          'raise-concurrency',
          'enable-endpoint',
          'release-provider',
          'start-worker',
          'wait',
        ]),
        text: z.string(),
        effect: z.string(),
        startsInSeconds: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'WhyNotRunning' })
export type WhyNotRunning = z.infer<typeof whySchema>
