// How fast work comes and goes, from a few looks at the instance.
//
// What was done is what the workers count themselves; what came is what was done plus what the backlog grew by.
import { neverDrainsSeconds, secondsToDrain } from '#shared/drain.ts'

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

/**
 * Rates of a queue over these samples, oldest first, to a tenth. A process that was not seen in the oldest one is counted
 * from where it was first seen, or from 0 when it began since; one that has been seen once only makes the rate unknown.
 */
export function ratesOver(samples: readonly Sample[], queue: string): Rates {
  const [oldest, newest] = [samples[0], samples.at(-1)]
  if (!oldest || !newest?.processes || newest.atMs <= oldest.atMs) return unknown
  const secondsSince = (sample: Sample): number => (newest.atMs - sample.atMs) / 1_000
  let service = 0
  for (const [name, now] of newest.processes) {
    const done = now.done[queue] ?? 0
    if (now.startedAt >= oldest.clock) {
      service += done / secondsSince(oldest)
      continue
    }
    const first = samples.find((sample) => sample.processes?.get(name)?.startedAt === now.startedAt)!
    if (first === newest) return unknown
    service += Math.max(0, done - (first.processes!.get(name)!.done[queue] ?? 0)) / secondsSince(first)
  }
  const grown = ((newest.depths.get(queue) ?? 0) - (oldest.depths.get(queue) ?? 0)) / secondsSince(oldest)
  return { servicePerSecond: tenth(service), arrivalPerSecond: tenth(Math.max(0, service + grown)) }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}

/** Seconds until nothing waits: 0 when nothing does, `neverDrainsSeconds` when it does not get less (or is not known). */
export function drainSeconds(queue: { waiting: number; paused: boolean } & Rates): number {
  if (queue.waiting === 0) return 0
  return queue.paused ? neverDrainsSeconds : (secondsToDrain(queue) ?? neverDrainsSeconds)
}
