// Queues and workers of the instance: what waits, how long, and who works on it.
import { z } from 'zod'
import { queueNames } from '../jobs/queues.ts'
import { pageQuery, pageSchema } from './page.ts'

/** What stands for "not at these rates": a client may rely on a number. */
export const neverDrainsSeconds = 31_536_000

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
    concurrency: z.int().min(0).meta({ description: 'Jobs at the same time, all workers together' }),
  })
  .meta({ id: 'Queue' })
export type QueueView = z.infer<typeof queueSchema>

export const queuePageSchema = pageSchema(queueSchema).meta({ id: 'QueuePage' })
export const queueParamsSchema = z.strictObject({ name: z.enum(queueNames) })

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
    state: z
      .enum(['working', 'idle', 'stuck', 'stopping'])
      .meta({ description: 'stuck: it holds work and got nowhere for 30 s, or its heartbeat has stopped' }),
    loopLagMs: z.number().min(0),
    rssBytes: z.int().min(0),
  })
  .meta({ id: 'Worker' })
export type WorkerView = z.infer<typeof workerSchema>

export const workerPageSchema = pageSchema(workerSchema).meta({ id: 'WorkerPage' })
export const workerListQuerySchema = z.strictObject({ ...pageQuery })
