// The live picture: one snapshot a second of the whole instance, made by one collector, sent to every open page over SSE.
// What is not known is null or missing, never 0: the page shows it grey.
import { z } from 'zod'
import { queueSchema, workerSchema } from './queue.ts'
import { providerSchema } from './provider.ts'
import { ledgerSchema } from './ledger.ts'

/** What passed one place of the system during the last seconds. */
export const measureSchema = z.strictObject({
  ratePerSecond: z.number().min(0),
  errorsPerSecond: z.number().min(0),
  p50Ms: z.number().min(0).nullable(),
  p95Ms: z.number().min(0).nullable(),
})
export type Measure = z.infer<typeof measureSchema>

export const liveQueueSchema = queueSchema
  .extend({
    arrivalPerSecond: z.number().min(0).nullable(),
    servicePerSecond: z.number().min(0).nullable(),
    oldestAgeMs: z.int().min(0).meta({ description: 'How long the oldest due work has waited for a worker to start it' }),
    objectiveMs: z.int().min(1).meta({ description: 'Oldest work should not be older' }),
    inRedis: z.int().min(0).nullable(),
    inPostgres: z.int().min(0),
    attemptsPerSecond: z.number().min(0).nullable(),
    failuresPerSecond: z.number().min(0).nullable(),
    busySlots: z.int().min(0).nullable(),
  })
  .meta({ id: 'LiveQueue' })
export type LiveQueue = z.infer<typeof liveQueueSchema>

export const liveWorkerSchema = workerSchema
  .extend({
    concurrency: z.record(z.string(), z.int().min(0)),
    busy: z.record(z.string(), z.int().min(0)).nullable().meta({ description: 'Slots in use, by queue' }),
    lastProgressAt: z.iso.datetime().nullable(),
    cpuShare: z.number().min(0).nullable().meta({ description: 'Of one core' }),
  })
  .meta({ id: 'LiveWorker' })
export type LiveWorker = z.infer<typeof liveWorkerSchema>

export const liveCauseSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    channels: z.array(z.string()),
    open: z.int().min(0),
    lastSeenAt: z.iso.datetime(),
  })
  .meta({ id: 'LiveCause' })

export const nodeStates = ['ok', 'warn', 'fail', 'paused', 'no-data'] as const
export type NodeStateName = (typeof nodeStates)[number]

/** The state of one node of the topology, against its thresholds. */
export const nodeStateSchema = z.strictObject({
  state: z.enum(nodeStates),
  reason: z.string().meta({ description: 'One sentence' }),
  since: z.iso.datetime().nullable().meta({ description: 'Since when it is so, while it is not ok' }),
})
export type NodeState = z.infer<typeof nodeStateSchema>

/** Of the whole instance: codes, no words of anybody's provider. */
export const failuresSchema = z
  .strictObject({
    seconds: z.int().min(0).meta({ description: 'How far back it counts; at most 900' }),
    items: z
      .array(z.strictObject({ channel: z.string(), code: z.string().meta({ example: 'smtp-421' }), count: z.int().min(1) }))
      .meta({ description: 'The six most frequent of each channel' }),
    totals: z.record(z.string(), z.int().min(0)).meta({ description: 'All that failed, by channel' }),
  })
  .meta({ id: 'LiveFailures' })
export type Failures = z.infer<typeof failuresSchema>

/** What a page of one workspace sees. `sequence` grows by 1 with each snapshot of one collector. */
export const snapshotSchema = z
  .strictObject({
    sequence: z.int().min(0),
    at: z.iso.datetime(),
    stores: z.strictObject({
      postgres: z.strictObject({
        connections: z.int().nullable(),
        rowsPerSecond: z.number().nullable(),
        transactionsPerSecond: z.number().nullable(),
        sizeBytes: z.number().nullable(),
        pingMs: z.number().nullable(),
      }),
      redis: z
        .strictObject({ usedBytes: z.number(), maxBytes: z.number().nullable(), pingMs: z.number(), opsPerSecond: z.number() })
        .nullable()
        .meta({ description: 'null while Redis does not answer' }),
    }),
    outbox: z.strictObject({ rows: z.int(), oldestDueMs: z.int().nullable() }),
    queues: z.array(liveQueueSchema),
    providers: z.array(providerSchema),
    failures: failuresSchema.meta({ description: 'Why attempts failed lately' }),
    workers: z.array(liveWorkerSchema),
    measures: z
      .record(z.string(), measureSchema)
      .meta({ description: 'By the measure ids of shared/topology/measures.ts; a place that is missing is silent' }),
    states: z.record(z.string(), nodeStateSchema).meta({ description: 'By the node ids of the topology' }),
    limits: z.record(z.string(), z.number()).meta({ description: 'What the states are judged by, besides the objectives of the queues' }),
    workspace: z.strictObject({
      id: z.string(),
      ledger: ledgerSchema,
      acceptedPerSecond: z.number().min(0).nullable(),
      deliveredPerSecond: z.number().min(0).nullable(),
      createdPerSecond: z.number().min(0).nullable(),
      openLetters: z.int().min(0),
      bulkheads: z.array(z.strictObject({ endpointId: z.string(), name: z.string(), inUse: z.int().min(0), limit: z.int().min(0) })).meta({
        description: 'Calls on their way by endpoint, of its bound (narrowed by timeouts and broken connections), the fullest six',
      }),
      causes: z.array(liveCauseSchema).meta({ description: 'The five with most open letters' }),
    }),
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof snapshotSchema>

/** SSE events besides `snapshot`: something changed, read your list again. */
export const hintEvents = ['topology', 'queue', 'dead-letter', 'replay', 'alert'] as const
export type HintEvent = (typeof hintEvents)[number]

export const hintSchema = z
  .strictObject({
    ids: z.array(z.string()).meta({ description: 'What changed; empty with `all`' }),
    all: z.boolean().meta({ description: 'Changes may have been missed: read everything again' }),
  })
  .meta({ id: 'LiveHint' })
export type Hint = z.infer<typeof hintSchema>

/** SSE event `stale`: no snapshot has come for a while. Sent again every second until one comes. */
export const staleSchema = z
  .strictObject({ ageMs: z.int().min(0).nullable(), reason: z.enum(['no-collector', 'no-redis', 'starting']) })
  .meta({ id: 'LiveStale' })
export type Stale = z.infer<typeof staleSchema>
