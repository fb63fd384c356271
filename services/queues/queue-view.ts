// A queue's row and its rates as clients see them.
import type { QueueView } from '#shared/contracts/queue.ts'
import { queues as definitions } from '#shared/jobs/queues.ts'
import type { QueueRow } from './queue.repository.ts'
import { drainSeconds, type Rates } from './queue-rates.rules.ts'

/** Rates that are not known are 0 here; who can say so (the live picture) replaces them. */
export function queueViewOf(row: QueueRow, { arrivalPerSecond, servicePerSecond }: Rates): QueueView {
  const paused = row.pausedAt !== null
  return {
    name: row.name,
    purpose: definitions[row.name].purpose,
    state: paused ? 'paused' : 'running',
    pausedBy: row.pausedBy,
    pausedReason: row.pausedReason,
    pausedAt: row.pausedAt?.toISOString() ?? null,
    waiting: row.waiting,
    active: row.active,
    delayed: row.delayed,
    oldestAgeMs: row.oldestAgeMs,
    arrivalPerSecond: arrivalPerSecond ?? 0,
    servicePerSecond: servicePerSecond ?? 0,
    drainSeconds: drainSeconds({ waiting: row.waiting, paused, arrivalPerSecond, servicePerSecond }),
    workers: row.workers,
    concurrency: row.concurrency,
    concurrencySetting: row.concurrencySetting,
    concurrencyMax: row.workers * definitions[row.name].concurrencyMax,
    ratePerSecond: row.ratePerSecond,
    changedBy: row.changedBy,
    changedReason: row.changedReason,
    changedAt: row.changedAt?.toISOString() ?? null,
  }
}
