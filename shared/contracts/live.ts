// The live picture: one snapshot a second of the whole instance, made by one collector, sent to every open page over SSE.
// What is not known is null or missing, never 0: the page shows it grey.
import { z } from 'zod'
import { queueSchema, workerSchema } from './queue.ts'
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
    workers: z.array(liveWorkerSchema),
    measures: z
      .record(z.string(), measureSchema)
      .meta({ description: 'By the measure ids of shared/topology/measures.ts; a place that is missing is silent' }),
    workspace: z.strictObject({
      id: z.string(),
      ledger: ledgerSchema,
      acceptedPerSecond: z.number().min(0),
      deliveredPerSecond: z.number().min(0),
      createdPerSecond: z.number().min(0),
      openLetters: z.int().min(0),
      causes: z.array(liveCauseSchema).meta({ description: 'The five with most open letters' }),
    }),
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof snapshotSchema>
