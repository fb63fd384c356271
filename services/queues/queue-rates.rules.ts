// How fast work comes and goes, from two looks at the instance.
//
// What was done is what the workers count themselves; what came is what was done plus what the backlog grew by.

export interface ProcessCounts {
  /** Seconds since 1970: a process that began after the older look is counted from 0. */
  startedAt: number
  done: Record<string, number>
}

export interface Sample {
  atMs: number
  /** By process; null while Redis, through which workers share their counters, was away. */
  processes: Map<string, ProcessCounts> | null
  /** Due and not done, per queue. */
  depths: Map<string, number>
  /** Wall clock of the look, seconds since 1970. */
  clock: number
}

export interface Rates {
  arrivalPerSecond: number | null
  servicePerSecond: number | null
}

const unknown: Rates = { arrivalPerSecond: null, servicePerSecond: null }

/** Rates of a queue between two samples, to a tenth. */
export function ratesBetween(older: Sample, newer: Sample, queue: string): Rates {
  const seconds = (newer.atMs - older.atMs) / 1_000
  if (seconds <= 0 || !older.processes || !newer.processes) return unknown
  let done = 0
  for (const [name, now] of newer.processes) {
    const before = older.processes.get(name)
    const value = now.done[queue] ?? 0
    if (before && before.startedAt === now.startedAt) done += Math.max(0, value - (before.done[queue] ?? 0))
    else if (now.startedAt >= older.clock) done += value
    // Otherwise it was there all the time and only now answers: what it did in this time is not known.
  }
  const grown = (newer.depths.get(queue) ?? 0) - (older.depths.get(queue) ?? 0)
  return { servicePerSecond: tenth(done / seconds), arrivalPerSecond: tenth(Math.max(0, done + grown) / seconds) }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}

/** Seconds until nothing waits: 0 when nothing does, null when it does not get less (or is not known). */
export function drainSeconds(queue: { waiting: number; paused: boolean } & Rates): number | null {
  if (queue.waiting === 0) return 0
  if (queue.paused || queue.servicePerSecond === null || queue.arrivalPerSecond === null) return null
  const surplus = queue.servicePerSecond - queue.arrivalPerSecond
  return surplus <= 0 ? null : Math.ceil(queue.waiting / surplus)
}
