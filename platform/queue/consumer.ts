// A consumer takes chunks off one queue. What a handler could not do is in Postgres already, so an exception is never a
// BullMQ failure, and a stalled job is never "failed for good": it is handed out again and dropped as stale.
import { Worker } from 'bullmq'
import { chunkSchema } from '#shared/jobs/chunk.ts'
import type { QueueName, RowRef } from '#shared/jobs/queues.ts'
import { createBlockingRedis, type Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { keyPrefix } from './queues.ts'

export type ChunkHandler = (rows: RowRef[]) => Promise<void>

export interface Consumer {
  readonly queue: QueueName
  /** Chunks being handled now. */
  readonly active: number
  /** From the next chunk on; 0 takes nothing until it is set again. */
  setConcurrency(concurrency: number): void
  /** Stops taking chunks and waits for those in hand. */
  stop(): Promise<void>
}

export function createConsumer(options: {
  queue: QueueName
  url: string
  name: string
  concurrency: number
  log: Log
  handle: ChunkHandler
}): Consumer {
  const { queue, log } = options
  let active = 0
  const connection: Redis = createBlockingRedis({ url: options.url, name: options.name, log })
  const worker = new Worker(
    queue,
    async (job) => {
      const chunk = chunkSchema.safeParse(job.data)
      if (!chunk.success) {
        log.error(
          { queue, job: job.id, problems: chunk.error.issues.length },
          'a job with an unknown payload was dropped; its rows are dispatched again',
        )
        return
      }
      active++
      try {
        await options.handle(chunk.data.rows.map(([id, n]) => ({ id, n })))
      } catch (error) {
        log.error({ queue, err: error }, 'a chunk failed; its rows were given back')
      } finally {
        active--
      }
    },
    {
      connection: connection as never,
      prefix: keyPrefix,
      concurrency: options.concurrency,
      // A kill storm stalls healthy jobs too; the rows' own start count tells poison apart.
      maxStalledCount: 1_000_000,
      stalledInterval: 15_000,
      lockDuration: 60_000,
      drainDelay: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      skipMetasUpdate: true,
    } as never,
  )
  worker.on('error', () => {
    // Redis is away or a script failed: the worker goes on by itself; the relay heals what was lost.
  })
  return {
    queue,
    get active() {
      return active
    },
    setConcurrency(concurrency) {
      if (concurrency > 0) worker.concurrency = concurrency
      const taking = concurrency > 0
      if (taking === !worker.isPaused()) return
      if (taking) void worker.resume()
      else void worker.pause(true).catch(() => {})
    },
    async stop() {
      await worker.close().catch(() => {})
      connection.disconnect()
    },
  }
}
