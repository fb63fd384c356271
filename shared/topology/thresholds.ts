// What counts as too old, too slow, too often wrong. Defaults; an instance's operators may change them (GET /thresholds).
import { queueNames, type QueueName } from '../jobs/queues.ts'

/** How old the oldest due work of a queue may get: a promise to those who wait, not a limit of the machine. */
export const defaultObjectivesMs: Record<QueueName, number> = {
  'fan-out': 2_000,
  'delivery-email': 30_000,
  'delivery-webhook': 10_000,
  'delivery-in-app': 5_000,
  replay: 60_000,
}

/** Objectives of all queues; `changed` by threshold id. */
export function objectivesOf(changed: ReadonlyMap<string, number>): Record<QueueName, number> {
  return Object.fromEntries(queueNames.map((name) => [name, changed.get(name) ?? defaultObjectivesMs[name]])) as Record<QueueName, number>
}
