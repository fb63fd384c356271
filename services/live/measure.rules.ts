// From what processes report about themselves to what passed each place of the system. Pure.
import { bucketBoundMs, bucketCount } from '#platform/telemetry/counters.ts'
import type { ProcessReport } from '#platform/telemetry/report-counters.ts'
import { failsOf } from '#shared/topology/measures.ts'
import type { Measure } from '#shared/contracts/live.ts'

/** What was reported at one moment, by process id; only processes that still speak. */
export interface ReportLook {
  /** The collector's own monotonic clock. */
  atMs: number
  reports: ReadonlyMap<string, ProcessReport>
}

export type MeasureWithUnits = Measure & { unitsPerSecond: number }

interface Sum {
  rate: number
  errors: number
  units: number
  buckets: Float64Array
}

/**
 * Rates and quantiles of every place over these looks, oldest first. A process is counted from where it was first seen, or from 0
 * when it began since; one that was seen once only says nothing yet. A place that nobody reports is missing, not 0.
 */
export function measuresOver(looks: readonly ReportLook[]): Map<string, MeasureWithUnits> {
  const newest = looks.at(-1)
  const sums = new Map<string, Sum>()
  for (const report of newest?.reports.values() ?? []) {
    const span = spanOf(looks, report)
    if (!span) continue
    for (const [place, now] of Object.entries(report.places))
      // Told by the minute, not by the second (failures.rules.ts).
      if (!failsOf(place)) addPlace(sums, place, now, span.before?.places[place], span.seconds)
  }
  return new Map([...sums].map(([place, sum]) => [place, measureOf(sum)]))
}

/** What to subtract and what to divide by; `before` undefined = the process began within the looks. */
function spanOf(looks: readonly ReportLook[], report: ProcessReport): { before: ProcessReport | undefined; seconds: number } | undefined {
  const newest = looks.at(-1)!
  const oldest = looks[0]!
  const first = looks.find((look) => look.reports.has(report.id))!
  if (first !== newest) return { before: first.reports.get(report.id), seconds: (newest.atMs - first.atMs) / 1_000 }
  const windowMs = newest.atMs - oldest.atMs
  return windowMs > 0 && report.upMs < windowMs ? { before: undefined, seconds: windowMs / 1_000 } : undefined
}

function addPlace(sums: Map<string, Sum>, place: string, now: number[], before: number[] | undefined, seconds: number): void {
  let sum = sums.get(place)
  if (!sum) sums.set(place, (sum = { rate: 0, errors: 0, units: 0, buckets: new Float64Array(bucketCount) }))
  sum.rate += (now[0]! - (before?.[0] ?? 0)) / seconds
  sum.errors += (now[1]! - (before?.[1] ?? 0)) / seconds
  sum.units += (now[2]! - (before?.[2] ?? 0)) / seconds
  for (let at = 3; at < now.length; at += 2) sum.buckets[now[at]!]! += now[at + 1]!
  for (let at = 3; at < (before?.length ?? 0); at += 2) sum.buckets[before![at]!]! -= before![at + 1]!
}

function measureOf(sum: Sum): MeasureWithUnits {
  return {
    ratePerSecond: tenth(Math.max(0, sum.rate)),
    errorsPerSecond: tenth(Math.max(0, sum.errors)),
    p50Ms: quantile(sum.buckets, 0.5),
    p95Ms: quantile(sum.buckets, 0.95),
    unitsPerSecond: tenth(Math.max(0, sum.units)),
  }
}

/** The time below which this share of them stayed, linear inside its bucket; null when there were none. */
export function quantile(buckets: ArrayLike<number>, share: number): number | null {
  let total = 0
  for (let at = 0; at < buckets.length; at++) total += buckets[at]!
  if (total <= 0) return null
  let left = total * share
  for (let at = 0; at < buckets.length; at++) {
    const times = buckets[at]!
    if (times > 0 && left <= times) {
      const from = at === 0 ? 0 : bucketBoundMs(at - 1)
      return round(from + (bucketBoundMs(at) - from) * (left / times))
    }
    left -= Math.max(0, times)
  }
  return round(bucketBoundMs(buckets.length - 1))
}

/** Three digits are all that the buckets know. */
function round(ms: number): number {
  return Number(ms.toPrecision(3))
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
