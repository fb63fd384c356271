// The facts that the tests of these rules change one at a time: the moment of the design's pictures.
import type { DeliveryFact, EventFact, LetterFact, PairFacts, WaitingFact } from './explain-facts.ts'

export const at = (clock: string, day = 20): Date => new Date(`2026-11-${String(day).padStart(2, '0')}T${clock}Z`)
export const now = at('14:32:08')

export function eventFact(changes: Partial<EventFact> = {}): EventFact {
  return {
    id: 'evt_1',
    type: 'pull_request.opened',
    state: 'processing',
    reason: null,
    acceptedAt: at('14:21:03'),
    scheduledAt: null,
    expiresAt: null,
    cancelledAt: null,
    completedAt: null,
    recipients: ['u1'],
    letter: null,
    waiting: null,
    ...changes,
  }
}

export function deliveryFact(changes: Partial<DeliveryFact> = {}): DeliveryFact {
  return {
    id: 'dlv_1',
    notificationId: 'ntf_1',
    channel: 'email',
    recipientId: 'u1',
    source: 'welcome/mail',
    generation: 0,
    previousId: null,
    state: 'pending',
    reason: null,
    createdAt: at('14:21:03'),
    finishedAt: null,
    nextAttemptAt: null,
    workflowKey: 'welcome',
    address: 'ada@example.com',
    sequence: null,
    readAt: null,
    archivedAt: null,
    endpoint: null,
    attempts: [],
    letter: null,
    waiting: null,
    ...changes,
  }
}

export function letterFact(changes: Partial<LetterFact>): LetterFact {
  return {
    id: 'dl_1',
    kind: 'delivery-exhausted',
    cause: 'SMTP 550 from mail server',
    message: '550 5.1.1',
    state: 'open',
    outcome: null,
    closedAt: null,
    closedReason: null,
    replayId: null,
    createdAt: at('14:25:00'),
    ...changes,
  }
}

export function waitingFact(changes: Partial<WaitingFact>): WaitingFact {
  return { queue: 'delivery-email', dueAt: null, leased: false, starts: 0, lastError: null, pause: null, hold: null, ...changes }
}

export function pairFacts(changes: Partial<PairFacts>): PairFacts {
  return {
    now,
    event: eventFact(),
    recipient: {
      id: 'u1',
      profile: { email: 'ada@example.com', timeZone: null, createdAt: at('09:00:00', 1) },
      preference: null,
      topics: [],
    },
    workflows: [{ key: 'welcome', version: 1, publishedAt: at('09:00:00', 1), critical: false, channels: ['email', 'in-app'] }],
    deliveries: [],
    ...changes,
  }
}
