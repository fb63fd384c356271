// The concurrency of a queue is a number for all workers together; each finds its own share without asking anybody.

/**
 * The share of `worker` when `total` is spread over `workers` (ids in an order that everyone knows): as even as it goes, the
 * first ones take what is left over. A worker that is not in the list has none.
 */
export function shareOf(total: number, workers: readonly string[], worker: string): number {
  const place = workers.indexOf(worker)
  if (place < 0) return 0
  return Math.floor(total / workers.length) + (place < total % workers.length ? 1 : 0)
}
