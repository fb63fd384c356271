// When each request of an open loop is due: by the clock, never by the answers of earlier ones.

/** A timer fires up to this late by itself; that is the generator's doing, not the target's. */
const timerSlackUs = 1_500

/** The moment of request `index`, in microseconds since the start. */
export function dueAtUs(index: number, requestsPerSecond: number): number {
  return (index * 1_000_000) / requestsPerSecond
}

/**
 * From when the latency of a request counts: from when it left, if that was as soon as a timer can; from its own moment if the
 * generator came late, so that a target that makes the generator wait does not look fast (coordinated omission).
 */
export function countsFromUs(dueUs: number, leftUs: number): number {
  return leftUs - dueUs <= timerSlackUs ? leftUs : dueUs
}
