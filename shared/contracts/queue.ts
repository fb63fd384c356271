// Queues and workers of the instance: what waits, how long, and who works on it.
import { z } from 'zod'
import { neverDrainsSeconds } from '../drain.ts'
import { queueNames } from '../jobs/queues.ts'
import { pageQuery, pageSchema } from './page.ts'
import { reasonSchema } from './reason.ts'

export { neverDrainsSeconds }

export const queueSchema = z
  .strictObject({
    name: z.enum(queueNames),
    purpose: z.string(),
    state: z.enum(['running', 'paused']),
    pausedBy: z.string().nullable(),
    pausedReason: z.string().nullable(),
    pausedAt: z.iso.datetime().nullable(),
    waiting: z.int().min(0).meta({ description: 'Due, and no worker has started it' }),
    active: z.int().min(0).meta({ description: 'A worker has it' }),
    delayed: z.int().min(0).meta({ description: 'Due later: retries, schedules, quiet hours. What is held is not counted' }),
    oldestAgeMs: z.int().min(0).meta({ description: 'How long the oldest due work has not been done' }),
    arrivalPerSecond: z.number().min(0).meta({
      description:
        'Work that became due, over the last quarter of a minute; 0 in the first seconds of this process, and while Redis is away',
    }),
    servicePerSecond: z.number().min(0).meta({ description: 'Work that was done, by the counters of the workers; 0 likewise' }),
    drainSeconds: z
      .number()
      .min(0)
      .max(neverDrainsSeconds)
      .meta({
        description: `Until nothing waits, at these rates; 0 when nothing does, ${neverDrainsSeconds} (a year) when it would not drain`,
      }),
    workers: z.int().min(0).meta({ description: 'Live processes that take from it' }),
    concurrency: z.int().min(0).meta({ description: 'Mails, calls or chunks on their way at the same time, all workers together' }),
    concurrencySetting: z
      .int()
      .nullable()
      .meta({ description: 'What an operator has set for all workers together; null: each worker has its default' }),
    concurrencyMax: z.int().min(0).meta({ description: 'As much as the workers that live now can be given' }),
    ratePerSecond: z
      .number()
      .nullable()
      .meta({ description: 'Rows that are handed over per second at most; null: as many as the lanes have room for' }),
    changedBy: z.string().nullable().meta({ description: 'Who set concurrency or rate last' }),
    changedReason: z.string().nullable(),
    changedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Queue' })
export type QueueView = z.infer<typeof queueSchema>

export const queuePageSchema = pageSchema(queueSchema).meta({ id: 'QueuePage' })
export const queueParamsSchema = z.strictObject({ name: z.enum(queueNames) })

/** As many workers as anybody runs, times what one may be given. */
const concurrencyCeiling = 100_000

export const queuePatchSchema = z
  .strictObject({
    concurrency: z
      .int()
      .min(1)
      .max(concurrencyCeiling)
      .nullable()
      .optional()
      .meta({ description: 'For all workers together, spread evenly; null: each worker has its default again', example: 40 }),
    ratePerSecond: z
      .number()
      .min(0.1)
      .max(100_000)
      .nullable()
      .optional()
      .meta({ description: 'Rows handed over per second at most; null: no limit', example: 50 }),
    reason: reasonSchema,
  })
  .refine((patch) => patch.concurrency !== undefined || patch.ratePerSecond !== undefined, {
    error: 'give concurrency, ratePerSecond or both',
  })
  .meta({ id: 'QueuePatch' })
export type QueuePatch = z.infer<typeof queuePatchSchema>

export const workerSchema = z
  .strictObject({
    id: z.string().meta({ example: 'prc_0192f3a07b3e7c1d8a4f5e6d7c8b9a01' }),
    name: z.string().meta({ example: 'worker-1' }),
    roles: z.array(z.string()).meta({ example: ['relay', 'fan-out', 'delivery', 'replay'] }),
    pid: z.int(),
    host: z.string(),
    version: z.string(),
    startedAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    state: z.enum(['working', 'idle', 'stuck', 'stopping']).meta({
      description:
        'stuck: it holds work and got nowhere for 30 s, takes none of what waits although slots are free, or its heartbeat has stopped',
    }),
    reason: z.string().meta({ description: 'Why it is in this state, one sentence' }),
    loopLagMs: z.number().min(0),
    rssBytes: z.int().min(0),
  })
  .meta({ id: 'Worker' })
export type WorkerView = z.infer<typeof workerSchema>

export const workerPageSchema = pageSchema(workerSchema).meta({ id: 'WorkerPage' })
export const workerListQuerySchema = z.strictObject({ ...pageQuery })
