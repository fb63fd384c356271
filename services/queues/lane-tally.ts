// What each lane was served: counted by the workers in Redis, ten seconds to a hash, because nobody knows it afterwards (rows
// that are done are gone). A lost count is a gap in a figure and nothing else.
import { keyPrefix } from '#platform/queue/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

const slotMs = 10_000
const flushMs = 1_000
/** Whole slots that a rate is taken over. */
const slots = 2

const keyOf = (slot: number): string => `${keyPrefix}:served:${slot}`

export interface LaneTally {
  add(queue: QueueName, lane: string, rows: number): void
  close(): Promise<void>
}

export function createLaneTally(redis: Redis): LaneTally {
  let counts = new Map<string, number>()

  async function flush(): Promise<void> {
    if (counts.size === 0 || redis.status !== 'ready') return
    const taken = counts
    counts = new Map()
    const key = keyOf(Math.floor(Date.now() / slotMs))
    const pipeline = redis.pipeline()
    for (const [field, rows] of taken) pipeline.hincrby(key, field, rows)
    await pipeline.expire(key, 60).exec()
  }

  const timer = setInterval(() => void flush().catch(() => {}), flushMs)
  timer.unref()
  return {
    add(queue, lane, rows) {
      const field = `${queue} ${lane}`
      counts.set(field, (counts.get(field) ?? 0) + rows)
    },
    async close() {
      clearInterval(timer)
      await flush().catch(() => {})
    },
  }
}

/** Rows per second of each lane of a queue, over the last whole slots; null while Redis is away. */
export async function readServedPerSecond(redis: Redis, queue: QueueName, nowMs = Date.now()): Promise<Map<string, number> | null> {
  if (redis.status !== 'ready') return null
  const now = Math.floor(nowMs / slotMs)
  const served = new Map<string, number>()
  for (let slot = now - slots; slot < now; slot++) {
    const counts = await redis.hgetall(keyOf(slot)).catch(() => null)
    if (!counts) return null
    for (const [field, rows] of Object.entries(counts)) {
      const [name, lane] = field.split(' ')
      if (name === queue) served.set(lane!, (served.get(lane!) ?? 0) + (Number(rows) * 1_000) / (slots * slotMs))
    }
  }
  return served
}
