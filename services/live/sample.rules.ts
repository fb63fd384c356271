// What a sample keeps of a picture, how several become one, and which ones a chart is drawn from. Pure.
import type { Measure, Snapshot } from '#shared/contracts/live.ts'

/** Resolutions in seconds, finest first. */
export const resolutions = [10, 60, 3_600] as const
export type Resolution = (typeof resolutions)[number]

export type Figures = Record<string, number>

/** Of these the largest one of a span counts, not the mean: a chart must not smooth away what hurt. */
const worstCounts = /\.(p95|oldestMs|lagMs|paused)$/

export function keepsWorst(name: string): boolean {
  return worstCounts.test(name)
}

/** The same as SQL, of a column. */
export const keepsWorstSql = (column: string): string => `${column} ~ '\\.(p95|oldestMs|lagMs|paused)$'`

/** Figures of the instance. What is not known is missing. */
export function figuresOf(
  picture: Pick<Snapshot, 'queues' | 'workers' | 'stores' | 'outbox'>,
  measures: ReadonlyMap<string, Measure>,
): Figures {
  const figures: Figures = {}
  const put = (name: string, value: number | null | undefined): void => {
    if (value !== null && value !== undefined && Number.isFinite(value)) figures[name] = Math.round(value * 100) / 100
  }
  for (const [id, measure] of measures) {
    put(`${id}.rate`, measure.ratePerSecond)
    put(`${id}.errors`, measure.errorsPerSecond)
    put(`${id}.p50`, measure.p50Ms)
    put(`${id}.p95`, measure.p95Ms)
  }
  for (const queue of picture.queues) {
    const at = `queue.${queue.name}`
    put(`${at}.oldestMs`, queue.oldestAgeMs)
    put(`${at}.objectiveMs`, queue.objectiveMs)
    put(`${at}.waiting`, queue.waiting)
    put(`${at}.active`, queue.active)
    put(`${at}.delayed`, queue.delayed)
    put(`${at}.busy`, queue.busySlots)
    put(`${at}.workers`, queue.workers)
    put(`${at}.concurrency`, queue.concurrency)
    put(`${at}.paused`, queue.state === 'paused' ? 1 : 0)
  }
  for (const worker of picture.workers) {
    const at = `process.${worker.name}`
    put(`${at}.cpu`, worker.cpuShare)
    put(`${at}.rssBytes`, worker.rssBytes)
    put(`${at}.lagMs`, worker.loopLagMs)
  }
  const { postgres, redis } = picture.stores
  put('postgres.connections', postgres.connections)
  put('postgres.rows', postgres.rowsPerSecond)
  put('postgres.transactions', postgres.transactionsPerSecond)
  put('postgres.sizeBytes', postgres.sizeBytes)
  put('postgres.pingMs', postgres.pingMs)
  put('redis.usedBytes', redis?.usedBytes)
  put('redis.maxBytes', redis?.maxBytes)
  put('outbox.rows', picture.outbox.rows)
  put('outbox.oldestMs', picture.outbox.oldestDueMs)
  return figures
}

/** The finest samples that are no finer than a step, and still kept for the beginning of the span. */
export function resolutionFor(stepSeconds: number, ageOfFromSeconds: number, keptDays: (resolution: Resolution) => number): Resolution {
  const kept = resolutions.filter((resolution) => keptDays(resolution) * 86_400 >= ageOfFromSeconds)
  const coarse = kept.filter((resolution) => resolution <= stepSeconds)
  return coarse.at(-1) ?? kept[0] ?? resolutions.at(-1)!
}

export interface SampleValues {
  atMs: number
  values: (number | null)[]
}

/** Samples -> one value per step and name; a step without a sample is null. */
export function binSamples(
  samples: readonly SampleValues[],
  names: readonly string[],
  span: { fromMs: number; stepMs: number; steps: number },
): (number | null)[][] {
  return names.map((name, column) => {
    const worst = keepsWorst(name)
    const sums = new Float64Array(span.steps)
    const counts = new Uint32Array(span.steps)
    for (const { atMs, values } of samples) {
      const step = Math.floor((atMs - span.fromMs) / span.stepMs)
      const value = values[column]
      if (value === null || value === undefined || step < 0 || step >= span.steps) continue
      sums[step] = worst ? (counts[step]! > 0 ? Math.max(sums[step]!, value) : value) : sums[step]! + value
      counts[step]!++
    }
    return [...counts].map((count, step) => (count === 0 ? null : Math.round((worst ? sums[step]! : sums[step]! / count) * 100) / 100))
  })
}
