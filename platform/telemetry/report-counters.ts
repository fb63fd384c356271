// Once a second each process writes its counters into one hash in Redis, as one compact line. Whoever reads tells a process that
// stopped from one at rest by the number that every report carries; no clocks are compared.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { hostname } from 'node:os'
import type { Redis } from '#platform/redis/index.ts'
import { bucketCount, type Counters, type PlaceCounts } from './counters.ts'

const reportEveryMs = 1_000
export const reportsKey = 'signalbox:live:reports'

/** [count, errors, amount, then bucket and times in turn for the buckets that are not empty] */
export type PackedPlace = number[]

export interface ProcessReport {
  /** The process row's id. */
  id: string
  name: string
  host: string
  pid: number
  roles: string[]
  /** Grows with every report. */
  number: number
  /** How old the process is. */
  upMs: number
  cpuMs: number
  rssBytes: number
  /** Worst percent of the event loop's delays since the report before. */
  loopLagMs: number
  /** Jobs in hand by queue. */
  busy: Record<string, number>
  places: Record<string, PackedPlace>
  /** Calls on their way by endpoint (UUID), of its bound; missing where nobody calls. */
  bulkheads?: [endpointId: string, inUse: number, limit: number][]
}

export interface CountersReporter {
  /** Writes now; the timer does it otherwise. */
  write(): Promise<void>
  /** Stops, and takes the report away: an end is told from a silence. */
  close(): Promise<void>
}

/** The last report of each process, by its id; empty while Redis is away. A process that died may still be among them for a minute. */
export async function readReports(redis: Redis): Promise<Map<string, ProcessReport>> {
  if (redis.status !== 'ready') return new Map()
  const raw = await redis.hgetall(reportsKey).catch(() => ({}))
  return new Map(Object.entries(raw).map(([id, text]) => [id, JSON.parse(text as string) as ProcessReport]))
}

export function packPlace(counts: PlaceCounts): PackedPlace {
  const packed = [counts.count, counts.errors, counts.amount]
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const times = counts.buckets[bucket]!
    if (times > 0) packed.push(bucket, times)
  }
  return packed
}

/** Starts the reports of this process; they wait for nothing and are skipped while Redis is away. */
export function reportCounters(deps: {
  redis: Redis
  counters: Counters
  id: string
  name: string
  roles: string[]
  busy?: () => Record<string, number>
  bulkheads?: () => { endpointId: string; inUse: number; limit: number }[]
  everyMs?: number
}): CountersReporter {
  const { redis, counters, id } = deps
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  let number = 0
  let closed = false
  let writing: Promise<void> | undefined

  function report(): ProcessReport {
    const { user, system } = process.cpuUsage()
    const loopLagMs = Math.max(0, delay.percentile(99) / 1e6 - 20)
    delay.reset()
    return {
      id,
      name: deps.name,
      host: hostname(),
      pid: process.pid,
      roles: deps.roles,
      number: ++number,
      upMs: Math.round(process.uptime() * 1_000),
      cpuMs: Math.round((user + system) / 1_000),
      rssBytes: process.memoryUsage.rss(),
      loopLagMs: Number.isFinite(loopLagMs) ? Math.round(loopLagMs * 10) / 10 : 0,
      busy: deps.busy?.() ?? {},
      ...(deps.bulkheads ? { bulkheads: deps.bulkheads().map(({ endpointId, inUse, limit }) => [endpointId, inUse, limit]) } : {}),
      places: Object.fromEntries([...counters.places()].map(([place, counts]) => [place, packPlace(counts)])),
    }
  }

  function write(): Promise<void> {
    if (redis.status !== 'ready' || closed) return Promise.resolve()
    writing ??= redis
      .hset(reportsKey, id, JSON.stringify(report()))
      .then(() => {})
      .catch(() => {
        // Redis is away: said elsewhere; the next report carries everything.
      })
      .finally(() => {
        writing = undefined
      })
    return writing
  }

  const timer = setInterval(() => void write(), deps.everyMs ?? reportEveryMs)
  timer.unref()
  void write()

  return {
    write,
    async close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      delay.disable()
      await writing
      if (redis.status === 'ready') await redis.hdel(reportsKey, id).catch(() => undefined)
    },
  }
}
