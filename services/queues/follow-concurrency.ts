// What a worker does about a queue's concurrency: looks once a second what operators have set, and takes its share.
import type { Pool } from '#platform/postgres/index.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { readConcurrencies } from './queue-setting.repository.ts'
import { shareOf } from './share-concurrency.rules.ts'

/** Two looks fit into the two seconds that an operator waits at most. */
const everyMs = 900

/**
 * Calls `apply` whenever this process' share of a queue has changed, and never for a queue that nobody has touched. While
 * Postgres is away, what was known stays.
 */
export function followConcurrency(options: {
  pool: Pool
  owner: string
  queues: readonly QueueName[]
  apply: (queue: QueueName, concurrency: number) => Promise<void> | void
}): { close(): Promise<void> } {
  const known = new Map<QueueName, number>(options.queues.map((queue) => [queue, definitions[queue].concurrency]))
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const set = new Map((await readConcurrencies(options.pool)).map((row) => [row.name, row]))
    for (const queue of options.queues) {
      const row = set.get(queue)
      const definition = definitions[queue]
      const share = row ? Math.min(shareOf(row.concurrency, row.workers, options.owner), definition.concurrencyMax) : definition.concurrency
      // Not counted yet: this process has only just begun to beat.
      if (row && !row.workers.includes(options.owner)) continue
      if (known.get(queue) === share) continue
      known.set(queue, share)
      await options.apply(queue, share)
    }
  }

  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => {})
      .finally(() => {
        looking = undefined
      })
  }, everyMs)
  return {
    async close() {
      clearInterval(timer)
      await looking
    },
  }
}
