// Why attempts failed lately: what processes count by channel and error, summed up over the last minutes. Pure: no row is read for it.
import type { ProcessReport } from '#platform/telemetry/report-counters.ts'
import type { Failures } from '#shared/contracts/live.ts'
import { failsOf } from '#shared/topology/measures.ts'

export interface FailureTally {
  /** Takes a look into account. */
  note(look: { atMs: number; reports: ReadonlyMap<string, ProcessReport> }): void
  /** The most frequent ones of each channel, worst first. */
  read(): Failures
}

const windowMs = 15 * 60_000
const bucketMs = 10_000
const mostPerChannel = 6

interface Bucket {
  fromMs: number
  counts: Map<string, number>
}

export function createFailureTally(): FailureTally {
  let buckets: Bucket[] = []
  /** What each process had counted when it was seen last. */
  let known = new Map<string, ReadonlyMap<string, number>>()
  let beganMs: number | undefined
  let lastMs = 0

  return {
    note({ atMs, reports }) {
      const sinceLastMs = atMs - lastMs
      const first = beganMs === undefined
      beganMs ??= atMs
      lastMs = atMs
      let bucket = buckets.at(-1)
      if (!bucket || atMs - bucket.fromMs >= bucketMs) buckets.push((bucket = { fromMs: atMs, counts: new Map() }))
      const seen = new Map<string, ReadonlyMap<string, number>>()
      for (const [id, report] of reports) {
        const counted = new Map(Object.entries(report.places).flatMap(([place, packed]) => (failsOf(place) ? [[place, packed[0]!]] : [])))
        const before = known.get(id)
        // What a process that was there before has counted until now is older than the window knows.
        const isNew = !before && !first && report.upMs < sinceLastMs + bucketMs
        if (before || isNew)
          for (const [place, count] of counted) {
            const more = count - (before?.get(place) ?? 0)
            if (more > 0) bucket.counts.set(place, (bucket.counts.get(place) ?? 0) + more)
          }
        seen.set(id, counted)
      }
      // A report that is missing for a moment is not a process that begins anew.
      known = new Map([...known, ...seen])
      if (known.size > 500) known = seen
      buckets = buckets.filter(({ fromMs }) => fromMs > atMs - windowMs)
    },
    read() {
      const sums = new Map<string, number>()
      for (const { counts } of buckets) for (const [place, count] of counts) sums.set(place, (sums.get(place) ?? 0) + count)
      const items = [...sums].map(([place, count]) => ({ ...failsOf(place)!, count })).sort((a, b) => b.count - a.count)
      const byChannel = Map.groupBy(items, ({ channel }) => channel)
      return {
        seconds: beganMs === undefined ? 0 : Math.round(Math.min(windowMs, lastMs - beganMs) / 1_000),
        items: [...byChannel.values()].flatMap((list) => list.slice(0, mostPerChannel)),
        totals: Object.fromEntries([...byChannel].map(([channel, list]) => [channel, list.reduce((sum, { count }) => sum + count, 0)])),
      }
    },
  }
}
