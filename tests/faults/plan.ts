// What each numbered event of a fault run is, and what must have come of it in the end. A pure function of the number, so that
// the checker knows what to expect without asking the product.

export const eventTypes = {
  nobody: 'fault.nobody',
  mail: 'fault.mail',
  bell: 'fault.bell',
  hook: 'fault.hook',
  both: 'fault.both',
  /** Kills every worker that starts it (fail point). */
  poison: 'fault.poison',
} as const

/** Inbox owners: few, so that many processes write to the same sequence at once. */
const recipients = 40

export interface Expectation {
  state: 'completed' | 'unmatched' | 'dead'
  webhooks: number
  /** `recipient step` of each message. */
  inApp: string[]
  mails: number
}

function recipientOf(number: number): string {
  return `u${(number * 7) % recipients}`
}

/** The body of POST /events for this number. */
export function eventOf(number: number): { type: string; recipients: unknown[]; data: { number: number; pad: string } } {
  const id = recipientOf(number)
  return {
    type: typeOf(number),
    recipients: [typeOf(number) === eventTypes.mail ? { id, email: `${id}@example.test` } : id],
    data: { number, pad: 'x'.repeat(200) },
  }
}

/** 10% nobody listens to, 10% mail and inbox, 30% inbox, 40% webhook, 10% webhook and inbox. */
export function typeOf(number: number): string {
  const slot = number % 10
  if (slot === 0) return eventTypes.nobody
  if (slot === 1) return eventTypes.mail
  if (slot <= 4) return eventTypes.bell
  if (slot <= 8) return eventTypes.hook
  return eventTypes.both
}

/** What the checker holds the database and the sinks against. */
export function expectationOf(number: number): Expectation {
  const type = typeOf(number)
  const bell = [`${recipientOf(number)} bell`]
  switch (type) {
    case eventTypes.nobody:
      return { state: 'unmatched', webhooks: 0, inApp: [], mails: 0 }
    case eventTypes.mail:
      return { state: 'completed', webhooks: 0, inApp: bell, mails: 1 }
    case eventTypes.bell:
      return { state: 'completed', webhooks: 0, inApp: bell, mails: 0 }
    case eventTypes.hook:
      return { state: 'completed', webhooks: 1, inApp: [], mails: 0 }
    default:
      return { state: 'completed', webhooks: 1, inApp: bell, mails: 0 }
  }
}

const bellStep = {
  id: 'bell',
  type: 'channel',
  channel: 'in-app',
  template: { title: 'Event {{ data.number }}', body: 'For {{ recipient.id }}' },
}
const mailStep = {
  id: 'mail',
  type: 'channel',
  channel: 'email',
  template: { subject: 'Event {{ data.number }}', text: 'For {{ recipient.id }}' },
}

/** Workflows to publish and the endpoint's subscriptions, so that the expectations above come true. */
export const workflows: Record<string, object> = {
  'fault-mail': { name: 'Mail and inbox', eventType: eventTypes.mail, steps: [mailStep, bellStep] },
  'fault-bell': { name: 'Inbox', eventType: eventTypes.bell, steps: [bellStep] },
  'fault-both': { name: 'Inbox beside a webhook', eventType: eventTypes.both, steps: [bellStep] },
}
export const endpointTypes: string[] = [eventTypes.hook, eventTypes.both]
