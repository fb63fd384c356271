// What explanations are made of: rows as they are, read in one go, without judgement.
import type { Preference } from '#shared/contracts/preference.ts'
import type { Channel, DeliveryState, EventState, RecipientReference } from '#shared/contracts/event.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

export interface EventFact {
  /** Public id. */
  id: string
  type: string
  state: EventState
  reason: string | null
  acceptedAt: Date
  scheduledAt: Date | null
  expiresAt: Date | null
  cancelledAt: Date | null
  completedAt: Date | null
  recipients: RecipientReference[]
  /** The letter of a fan-out that failed for good. */
  letter: LetterFact | null
  /** Its work that is not done, while there is some. */
  waiting: WaitingFact | null
}

/** The outbox row behind something that is not done. */
export interface WaitingFact {
  queue: QueueName
  dueAt: Date | null
  /** With a worker or on its way to one. */
  leased: boolean
  starts: number
  lastError: string | null
  pause: { at: Date; by: string | null; reason: string | null } | null
  /** An operator holds the provider that carries it. */
  hold: { at: Date; by: string; reason: string } | null
}

export interface LetterFact {
  id: string
  kind: 'delivery-exhausted' | 'pipeline-fault'
  cause: string
  message: string
  state: 'open' | 'replayed' | 'discarded'
  outcome: string | null
  closedAt: Date | null
  closedReason: string | null
  replayId: string | null
  createdAt: Date
}

export interface AttemptFact {
  number: number
  startedAt: Date
  durationMs: number | null
  outcome: string | null
  statusCode: number | null
  error: string | null
}

export interface DeliveryFact {
  id: string
  notificationId: string | null
  channel: Channel
  recipientId: string | null
  /** Who made it: a resend has the same as what it repeats. */
  source: string
  generation: number
  previousId: string | null
  state: DeliveryState
  reason: string | null
  createdAt: Date
  finishedAt: Date | null
  nextAttemptAt: Date | null
  workflowKey: string | null
  address: string | null
  sequence: number | null
  readAt: Date | null
  archivedAt: Date | null
  endpoint: EndpointFact | null
  attempts: AttemptFact[]
  letter: LetterFact | null
  waiting: WaitingFact | null
}

export interface EndpointFact {
  id: string
  /** Host and path: what may be credentials is left out. */
  name: string
  disabledReason: string | null
  disabledAt: Date | null
  deletedAt: Date | null
}

export interface WorkflowFact {
  key: string
  version: number | null
  /** Of the version that events go through now; null = a draft only. */
  publishedAt: Date | null
  critical: boolean
  channels: Channel[]
}

export interface RecipientFact {
  id: string
  /** Null: nobody has this id. */
  profile: { email: string | null; timeZone: string | null; createdAt: Date } | null
  preference: { document: Preference; updatedAt: Date } | null
  /** Their topics, and since when they are members. */
  topics: { key: string; since: Date }[]
}

export interface PairFacts {
  now: Date
  event: EventFact
  recipient: RecipientFact
  /** Of the event's type; drafts too. */
  workflows: WorkflowFact[]
  /** Of this recipient in this event, oldest first. */
  deliveries: DeliveryFact[]
}

/** Deliveries of an event, each with its resends counted as one. */
export interface OutcomeGroup {
  channel: Channel
  state: DeliveryState
  reason: string | null
  count: number
}

export interface WholeEventFacts {
  now: Date
  event: EventFact
  workflows: WorkflowFact[]
  outcomes: OutcomeGroup[]
  /** The ones that did not arrive, worst first; some of them. */
  missing: DeliveryFact[]
  /** Those that took longest of what needed more than one attempt. */
  late: DeliveryFact[]
}
