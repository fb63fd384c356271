// Several processes, one /metrics: each writes its own numbers to Redis every few seconds under a key that expires, and whoever
// is scraped reads them all (docs/decisions/0014-metrics-of-many-processes.md). Redis away: each API answers for itself.
import { hostname } from 'node:os'
import type { Redis } from '#platform/redis/index.ts'
import type { Metrics } from './metrics.ts'
import type { MetricFamily } from './metric-text.ts'

const shareEveryMs = 3_000
/** A process that has not written for this long is left out. */
const forgetMs = 15_000

export interface SharedMetrics {
  process: string
  host: string
  families: MetricFamily[]
}

export interface MetricsShare {
  /** Of all processes that wrote lately, this one's own as of now. */
  read(): Promise<SharedMetrics[]>
  /** Writes now; the timer does it otherwise. */
  write(): Promise<void>
  close(): Promise<void>
}

/** Starts sharing the metrics of this process under its name (`worker-1`). */
export function shareMetrics(deps: {
  redis: Redis
  metrics: Metrics
  processName: string
  host?: string
  keyPrefix?: string
  everyMs?: number
}): MetricsShare {
  const { redis, metrics, processName } = deps
  const host = deps.host ?? hostname()
  const index = `${deps.keyPrefix ?? 'signalbox'}:metrics`
  const own = `${index}:${host}:${processName}`
  let closed = false
  let writing: Promise<void> | undefined

  async function snapshot(): Promise<SharedMetrics> {
    return { process: processName, host, families: (await metrics.registry.getMetricsAsJSON()) as unknown as MetricFamily[] }
  }

  function write(): Promise<void> {
    writing ??= writeOnce()
      .catch(() => {
        // Redis is away: said elsewhere; the next write tries again.
      })
      .finally(() => {
        writing = undefined
      })
    return writing
  }

  async function writeOnce(): Promise<void> {
    if (redis.status !== 'ready') return
    await redis
      .multi()
      .sadd(index, own)
      .set(own, JSON.stringify(await snapshot()), 'PX', forgetMs)
      .exec()
  }

  const timer = setInterval(() => void write(), deps.everyMs ?? shareEveryMs)
  timer.unref()
  void write()

  return {
    async read() {
      const mine = await snapshot()
      const others = await readOthers(redis, index, own).catch(() => [])
      return [mine, ...others]
    },
    write,
    async close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      await writing
      if (redis.status === 'ready')
        await redis
          .multi()
          .del(own)
          .srem(index, own)
          .exec()
          .catch(() => undefined)
    },
  }
}

async function readOthers(redis: Redis, index: string, own: string): Promise<SharedMetrics[]> {
  if (redis.status !== 'ready') return []
  const keys = (await redis.smembers(index)).filter((key) => key !== own).sort()
  if (keys.length === 0) return []
  const values = await redis.mget(keys)
  const gone = keys.filter((_, at) => values[at] === null)
  if (gone.length > 0) await redis.srem(index, ...gone)
  return values.filter((value): value is string => value !== null).map((value) => JSON.parse(value) as SharedMetrics)
}
