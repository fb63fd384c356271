// Looks at the instance every few seconds and keeps the last quarter of a minute.
import type { Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { MetricFamily } from '#platform/telemetry/metric-text.ts'
import type { MetricsShare } from '#platform/telemetry/share-metrics.ts'
import { readDepths } from './queue.repository.ts'
import { ratesOver, type ProcessCounts, type Rates, type Sample } from './queue-rates.rules.ts'

const windowMs = 15_000
const everyMs = 3_000
/** Rates of a time that is over say nothing about now. */
const forgottenAfterMs = 60_000
/** A look never costs more than a fiftieth of the time, however long the backlog. */
const costFactor = 50

export interface RateSampler {
  of(queue: string): Rates
  /** Looks now. */
  look(): Promise<void>
  close(): Promise<void>
}

export function startRateSampler(deps: { pool: Pool; redis: Redis; shared: Pick<MetricsShare, 'read'> }): RateSampler {
  let samples: Sample[] = []
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const answers = deps.redis.status === 'ready'
    const [shares, depths] = await Promise.all([deps.shared.read(), readDepths(deps.pool)])
    const processes =
      answers && deps.redis.status === 'ready'
        ? new Map(shares.map((share) => [`${share.host} ${share.process}`, countsOf(share.families)]))
        : null
    const atMs = performance.now()
    const recent = samples.filter((sample) => sample.atMs > atMs - windowMs)
    samples = [...(recent.length > 0 ? recent : samples.slice(-1)), { atMs, processes, depths, clock: Date.now() / 1_000 }]
  }

  function schedule(delayMs: number): void {
    if (closed) return
    timer = setTimeout(() => {
      const startedAt = performance.now()
      looking = look()
        // Postgres is away: what is known gets old and is forgotten.
        .catch(() => {})
        .finally(() => schedule(Math.max(everyMs, costFactor * (performance.now() - startedAt))))
    }, delayMs)
    timer.unref()
  }

  schedule(0)
  return {
    of(queue) {
      const newest = samples.at(-1)
      return newest && newest.atMs > performance.now() - forgottenAfterMs
        ? ratesOver(samples, queue)
        : { arrivalPerSecond: null, servicePerSecond: null }
    },
    look,
    async close() {
      closed = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** What a process has done, by queue: attempts of a channel, fan-outs, steps of replays. */
function countsOf(families: MetricFamily[]): ProcessCounts {
  const done: Record<string, number> = {}
  let startedAt = 0
  const add = (queue: string, value: number): void => {
    done[queue] = (done[queue] ?? 0) + value
  }
  for (const family of families) {
    for (const { labels, value } of family.values) {
      if (family.name === 'signalbox_attempts_total') add(`delivery-${labels.channel}`, value)
      else if (family.name === 'signalbox_work_done_total' && labels.kind !== 'deliver') add(String(labels.kind), value)
      else if (family.name === 'process_start_time_seconds') startedAt = value
    }
  }
  return { startedAt, done }
}
