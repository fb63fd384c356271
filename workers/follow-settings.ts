// Operators change a queue's concurrency while workers run: consumers, senders and the process' own row follow.
import type { Pool } from '#platform/postgres/index.ts'
import type { Consumer } from '#platform/queue/index.ts'
import type { ProcessRegistration } from '#services/processes/index.ts'
import { followConcurrency } from '#services/queues/index.ts'
import { jobsAtOnce } from '#shared/jobs/queues.ts'
import type { Handlers } from './handlers/create-handlers.ts'

export function followSettings(options: {
  pool: Pool
  registration: ProcessRegistration
  consumers: readonly Consumer[]
  handlers: Handlers
}): { close(): Promise<void> } {
  const byQueue = new Map(options.consumers.map((consumer) => [consumer.queue, consumer]))
  return followConcurrency({
    pool: options.pool,
    owner: options.registration.id,
    queues: [...byQueue.keys()],
    apply: async (queue, concurrency) => {
      byQueue.get(queue)!.setConcurrency(jobsAtOnce(queue, concurrency))
      options.handlers.setConcurrency(queue, concurrency)
      await options.registration.setConcurrency(queue, concurrency)
    },
  })
}
