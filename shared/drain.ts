// When will a queue be empty? One rule for the API, the live picture and the pages. Without Zod: pages load it.

/** Stands for "not at these rates" in seconds until a queue is empty (a year): a client may rely on a number. */
export const neverDrainsSeconds = 31_536_000

/** What is served within so long is no backlog: it is work on its way. */
const onItsWaySeconds = 5
/** Two rates that differ by less than this are the same: they are counted over seconds. */
const sameRate = 0.05
const sameRatePerSecond = 0.2

export interface DrainFacts {
  waiting: number
  servicePerSecond: number | null
  arrivalPerSecond: number | null
}

/**
 * Seconds until nothing waits, at these rates: 0 when nothing does, `neverDrainsSeconds` when it does not get less, null when the
 * rates are not known. What waits no longer than a few seconds of service is on its way, whatever comes behind it: at equal rates
 * a queue with one job is not a queue that never drains.
 */
export function secondsToDrain({ waiting, servicePerSecond: served, arrivalPerSecond: arriving }: DrainFacts): number | null {
  if (waiting === 0) return 0
  if (served === null || arriving === null) return null
  if (isSteady({ served, arriving }) && served > 0 && waiting <= Math.max(1, served * onItsWaySeconds)) return Math.ceil(waiting / served)
  return served <= arriving ? neverDrainsSeconds : Math.min(neverDrainsSeconds, Math.ceil(waiting / (served - arriving)))
}

/** As much comes as is done: what waits neither grows nor gets less. */
export function isSteady({ served, arriving }: { served: number; arriving: number }): boolean {
  return Math.abs(arriving - served) <= Math.max(sameRatePerSecond, served * sameRate)
}
