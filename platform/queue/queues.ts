// The only place that knows BullMQ, with consumer.ts. Nothing finished or failed is kept in Redis: what happened is in Postgres.
import { Queue } from 'bullmq'
import type { Chunk } from '#shared/jobs/chunk.ts'
import type { QueueName, RowRef } from '#shared/jobs/queues.ts'
import { dispatchMeasure } from '#shared/topology/measures.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Counters } from '#platform/telemetry/counters.ts'

/** All our keys in Redis begin with this. */
export const keyPrefix = 'sb'

export interface QueueCounts {
  waiting: number
  active: number
  delayed: number
}

export interface Dispatch {
  queue: QueueName
  rows: RowRef[]
  /** 0 = at once. */
  delayMs: number
  /** Before everything that waits. */
  first?: boolean
}

export interface Queues {
  /** Hands chunks over. Rejects at once while Redis is away: the rows' leases pass and they are dispatched again. */
  add(dispatches: Dispatch[]): Promise<void>
  counts(queue: QueueName): Promise<QueueCounts>
  /** References of rows that stand in the queue's waiting and delayed jobs; not `complete` when there may be more than `limit` jobs. */
  waitingRows(queue: QueueName, limit: number): Promise<{ rows: RowRef[]; complete: boolean }>
  readonly available: boolean
  close(): Promise<void>
}

/** `redis` must be a connection that fails fast (platform/redis createRedis). What is handed over is counted in `counters`. */
export function createQueues(redis: Redis, counters?: Counters): Queues {
  const queues = new Map<QueueName, Queue>()

  /** Opened at its first use: a BullMQ queue that is opened before Redis answers stays broken, and a process may start before its Redis. */
  function get(name: QueueName): Queue {
    const known = queues.get(name)
    if (known) return known
    const queue = new Queue(name, {
      connection: redis as never,
      prefix: keyPrefix,
      skipMetasUpdate: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    } as never)
    queue.on('error', () => {
      // Connection errors are said once by platform/redis; every add rejects by itself.
    })
    queues.set(name, queue)
    queue.waitUntilReady().catch(() => {
      if (queues.get(name) === queue) queues.delete(name)
    })
    return queue
  }

  return {
    get available() {
      return redis.status === 'ready'
    },
    async add(dispatches) {
      if (redis.status !== 'ready') throw new Error('Redis is away')
      const byQueue = Map.groupBy(dispatches, (dispatch) => dispatch.queue)
      await Promise.all(
        [...byQueue].map(async ([name, list]) => {
          const jobs = list.map((dispatch) => ({
            name: `${name}.v1`,
            data: { v: 1, rows: dispatch.rows.map((row) => [row.id, row.n]) } as Chunk,
            opts: { ...(dispatch.delayMs > 0 ? { delay: dispatch.delayMs } : {}), ...(dispatch.first ? { lifo: true } : {}) },
          }))
          await (jobs.length === 1 ? get(name).add(jobs[0]!.name, jobs[0]!.data, jobs[0]!.opts) : get(name).addBulk(jobs))
          counters?.place(dispatchMeasure(name)).add(list.reduce((rows, dispatch) => rows + dispatch.rows.length, 0))
        }),
      )
    },
    async counts(name) {
      const counts = await get(name).getJobCounts('wait', 'prioritized', 'active', 'delayed')
      return { waiting: (counts.wait ?? 0) + (counts.prioritized ?? 0), active: counts.active ?? 0, delayed: counts.delayed ?? 0 }
    },
    async waitingRows(name, limit) {
      const jobs = await get(name).getJobs(['wait', 'prioritized', 'delayed'], 0, limit - 1)
      const rows = jobs.filter(Boolean).flatMap((job) => (job.data as Chunk).rows.map(([id, n]) => ({ id, n })))
      return { rows, complete: jobs.length < limit }
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
    },
  }
}
