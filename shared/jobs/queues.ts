// The queues and what their jobs carry. A job carries ids only, with the number of the dispatch that put it there: the rows
// in Postgres are the work, the job is a hint that may be lost, repeated or late (protocol). Without Zod: pages load it; the payload is in chunk.ts.
import { queueNames, type QueueName } from '../queue-names.ts'

/** What an outbox row asks for. */
export type WorkKind = 'fan-out' | 'deliver' | 'replay' | 'bulk'

export interface QueueDefinition {
  name: QueueName
  kind: WorkKind
  /** Rows in one job: queue overhead is paid once per chunk. */
  chunkRows: number
  /** Rows of one lane that may stand in Redis or with workers at the same time. Small enough that another lane's wait stays short. */
  laneRows: number
  /** Rows of one lane that may wait in Redis' delayed set for their moment. */
  laneDelayedRows: number
  /** What one worker process has on its way at the same time, until an operator says otherwise: mails, calls, chunks. */
  concurrency: number
  /** As much as one worker process may be given. */
  concurrencyMax: number
  /** Jobs that it takes at the same time at most, where what they start outlives them. */
  jobsMax?: number
  /** Why it stands alone. */
  purpose: string
}

export { queueNames, type QueueName }

export const queues: Record<QueueName, QueueDefinition> = {
  'fan-out': {
    name: 'fan-out',
    kind: 'fan-out',
    chunkRows: 100,
    laneRows: 2_000,
    laneDelayedRows: 2_000,
    concurrency: 8,
    concurrencyMax: 64,
    purpose: 'An accepted event becomes notifications and deliveries. Lane: the workspace.',
  },
  'delivery-email': {
    name: 'delivery-email',
    kind: 'deliver',
    chunkRows: 20,
    laneRows: 400,
    laneDelayedRows: 2_000,
    concurrency: 5,
    concurrencyMax: 64,
    purpose: 'Mail over SMTP. Small chunks, because an attempt is opened only for a mail that leaves now. Lane: the workspace.',
  },
  'delivery-webhook': {
    name: 'delivery-webhook',
    kind: 'deliver',
    chunkRows: 100,
    laneRows: 1_000,
    laneDelayedRows: 1_000,
    concurrency: 1_024,
    concurrencyMax: 4_096,
    jobsMax: 32,
    purpose: "Calls to customers' endpoints. Lane: the endpoint, so that a dead one fills nothing but its own share.",
  },
  'delivery-in-app': {
    name: 'delivery-in-app',
    kind: 'deliver',
    chunkRows: 100,
    laneRows: 2_000,
    laneDelayedRows: 2_000,
    concurrency: 4,
    concurrencyMax: 32,
    purpose: 'Inbox messages that were not written by the fan-out itself: replays and resends. Lane: the workspace.',
  },
  replay: {
    name: 'replay',
    kind: 'replay',
    chunkRows: 1,
    laneRows: 4,
    laneDelayedRows: 10,
    concurrency: 2,
    concurrencyMax: 16,
    purpose: 'Replays and actions on many jobs: each step takes one chunk and puts itself back. Lane: the workspace.',
  },
}

/** Jobs that a worker takes at the same time when this much may be on its way. */
export function jobsAtOnce(queue: QueueName, concurrency: number): number {
  return Math.min(concurrency, queues[queue].jobsMax ?? concurrency)
}

export function deliveryQueue(channel: string): QueueName {
  return `delivery-${channel}` as QueueName
}

export interface RowRef {
  id: string
  /** The dispatch number: a row whose number has moved on makes this reference stale. */
  n: number
}
