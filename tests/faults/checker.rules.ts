// What must hold after any fault, as pure comparisons of what the client knows, what the sinks saw and what the database says.
// Every finding names the rows, so that a planted fault can be told from a broken checker.
import type { Expectation } from './plan.ts'

export interface Facts {
  /** Event UUID by number, from the client's ledger: these were promised. */
  acknowledged: Map<number, string>
  events: { id: string; number: number; state: string }[]
  deliveries: { id: string; eventId: string; channel: string; state: string; recipientId: string; step: string }[]
  /** Inbox rows. */
  inApp: { id: string; eventId: string; recipientId: string; step: string; sequence: number }[]
  /** Mails in the catcher: the delivery that each carries in its Message-ID. */
  mails: { deliveryId: string | null }[]
  /** What the webhook receiver logged. */
  arrivals: { deliveryId: string; number: number }[]
  /** GET /ledger, or the same read straight from the database. */
  ledger: LedgerFacts
  /** The reconciler's report, one line per difference. */
  reconciliation: string[]
}

export interface LedgerFacts {
  events: Record<'accepted' | 'completed' | 'pending' | 'scheduled' | 'unmatched' | 'dead' | 'cancelled' | 'unaccounted', number>
  deliveries: Record<'created' | 'pending' | 'held' | 'unaccounted', number>
}

export type FindingKind =
  | 'lost event'
  | 'event accepted twice'
  | 'event that nobody was promised'
  | 'event in a wrong state'
  | 'delivery missing'
  | 'delivery doubled'
  | 'delivery not ended'
  | 'delivery ended badly'
  | 'inbox row missing'
  | 'inbox row doubled'
  | 'inbox sequence with a gap'
  | 'webhook delivered but never arrived'
  | 'webhook with an unknown id'
  | 'webhook effective twice'
  | 'mail sent twice'
  | 'mail delivered but never arrived'
  | 'ledger does not add up'
  | 'reconciler found a difference'

export interface Finding {
  kind: FindingKind
  /** Event numbers, ids or figures. */
  of: string[]
}

export interface Verdict {
  /** Empty = every promise was kept. */
  findings: Finding[]
  figures: {
    accepted: number
    completed: number
    unmatched: number
    lost: number
    unaccounted: number
    /** In-app rows and webhooks that took effect twice. */
    doubled: number
    /** Arrivals beyond the first of the same webhook-id: what the receiver can tell apart. */
    repeatedWebhooks: number
    maybeSentMails: number
  }
}

/** `expect` says what event `number` must have come to. */
export function check(facts: Facts, expect: (number: number) => Expectation): Verdict {
  const findings = [
    ...checkEvents(facts, expect),
    ...checkDeliveries(facts, expect),
    ...checkInbox(facts, expect),
    ...checkWebhooks(facts),
    ...checkMails(facts),
    ...checkLedger(facts, expect),
    ...(facts.reconciliation.length > 0 ? [{ kind: 'reconciler found a difference' as const, of: facts.reconciliation }] : []),
  ].filter((finding) => finding.of.length > 0)
  const count = (kind: FindingKind): number =>
    findings.filter((finding) => finding.kind === kind).reduce((sum, finding) => sum + finding.of.length, 0)
  return {
    findings,
    figures: {
      accepted: facts.acknowledged.size,
      completed: facts.events.filter((event) => event.state === 'completed').length,
      unmatched: facts.events.filter((event) => event.state === 'unmatched').length,
      lost: count('lost event') + count('delivery missing') + count('inbox row missing') + count('webhook delivered but never arrived'),
      unaccounted: facts.ledger.events.unaccounted + facts.ledger.deliveries.unaccounted,
      doubled:
        count('event accepted twice') +
        count('inbox row doubled') +
        count('delivery doubled') +
        count('webhook effective twice') +
        count('mail sent twice'),
      repeatedWebhooks: facts.arrivals.length - new Set(facts.arrivals.map((arrival) => arrival.deliveryId)).size,
      maybeSentMails: facts.deliveries.filter((delivery) => delivery.state === 'maybe-sent').length,
    },
  }
}

/** Acknowledged = there, once, and ended as planned. What the client was never told of must not be there. */
export function checkEvents(facts: Pick<Facts, 'acknowledged' | 'events'>, expect: (number: number) => Expectation): Finding[] {
  const stateOf = new Map(facts.events.map((event) => [event.id, event.state]))
  const promised = new Set(facts.acknowledged.values())
  const lost: string[] = []
  const wrong: string[] = []
  for (const [number, id] of facts.acknowledged) {
    const state = stateOf.get(id)
    if (state === undefined) lost.push(`#${number}`)
    else if (state !== expect(number).state) wrong.push(`#${number} is ${state}, not ${expect(number).state}`)
  }
  return [
    { kind: 'lost event', of: lost },
    { kind: 'event in a wrong state', of: wrong },
    { kind: 'event accepted twice', of: [...repeated(facts.events.map((event) => `#${event.number}`))] },
    {
      kind: 'event that nobody was promised',
      of: facts.events.filter((event) => !promised.has(event.id)).map((event) => `#${event.number}`),
    },
  ]
}

/** Each event has exactly the planned deliveries, all ended, each in a state that its channel may end in. */
export function checkDeliveries(
  facts: Pick<Facts, 'acknowledged' | 'events' | 'deliveries'>,
  expect: (number: number) => Expectation,
): Finding[] {
  const present = new Set(facts.events.map((event) => event.id))
  const byEvent = Map.groupBy(facts.deliveries, (delivery) => delivery.eventId)
  const missing: string[] = []
  const doubled: string[] = []
  for (const [number, id] of facts.acknowledged) {
    // A lost event is one finding, not one per effect.
    if (!present.has(id)) continue
    const plan = expect(number)
    const planned = { webhook: plan.webhooks, email: plan.mails, 'in-app': plan.inApp.length }
    const deliveries = byEvent.get(id) ?? []
    for (const [channel, want] of Object.entries(planned)) {
      const have = deliveries.filter((delivery) => delivery.channel === channel).length
      if (have < want) missing.push(`#${number} ${channel}`)
      if (have > want) doubled.push(`#${number} ${channel}`)
    }
  }
  const open = new Set(['pending', 'sending', 'retrying', 'held'])
  const good = (delivery: Facts['deliveries'][number]): boolean =>
    delivery.state === 'delivered' || (delivery.state === 'maybe-sent' && delivery.channel === 'email') || open.has(delivery.state)
  return [
    { kind: 'delivery missing', of: missing },
    { kind: 'delivery doubled', of: doubled },
    {
      kind: 'delivery not ended',
      of: facts.deliveries.filter((delivery) => open.has(delivery.state)).map((delivery) => `${delivery.id} is ${delivery.state}`),
    },
    {
      kind: 'delivery ended badly',
      of: facts.deliveries.filter((delivery) => !good(delivery)).map((delivery) => `${delivery.id} is ${delivery.state}`),
    },
  ]
}

/** One inbox row per event, recipient and step; each recipient's numbers run 1, 2, 3, ... */
export function checkInbox(facts: Pick<Facts, 'acknowledged' | 'events' | 'inApp'>, expect: (number: number) => Expectation): Finding[] {
  const numberOf = new Map([...facts.acknowledged].map(([number, id]) => [id, number]))
  const present = new Set(facts.events.map((event) => event.id))
  const keyOf = (row: Facts['inApp'][number]): string => `#${numberOf.get(row.eventId) ?? row.eventId} ${row.recipientId} ${row.step}`
  const keys = facts.inApp.map(keyOf)
  const have = new Set(keys)
  const missing = [...facts.acknowledged]
    .filter(([, id]) => present.has(id))
    .flatMap(([number]) => expect(number).inApp.map((message) => `#${number} ${message}`))
    .filter((key) => !have.has(key))
  const gaps: string[] = []
  for (const [recipient, rows] of Map.groupBy(facts.inApp, (row) => row.recipientId)) {
    const sorted = rows.map((row) => row.sequence).sort((a, b) => a - b)
    const at = sorted.findIndex((sequence, index) => sequence !== index + 1)
    if (at >= 0) gaps.push(`${recipient} has ${sorted[at]} where ${at + 1} should be`)
  }
  return [
    { kind: 'inbox row missing', of: missing },
    { kind: 'inbox row doubled', of: [...repeated(keys)] },
    { kind: 'inbox sequence with a gap', of: gaps },
  ]
}

/** What is delivered has arrived; a repeat carries the same webhook-id; two ids never carry the same event to the same endpoint. */
export function checkWebhooks(facts: Pick<Facts, 'deliveries' | 'arrivals'>): Finding[] {
  const webhooks = facts.deliveries.filter((delivery) => delivery.channel === 'webhook')
  const known = new Set(webhooks.map((delivery) => delivery.id))
  const arrived = new Set(facts.arrivals.map((arrival) => arrival.deliveryId))
  const effects = new Map(facts.arrivals.map((arrival) => [arrival.deliveryId, `#${arrival.number}`]))
  return [
    {
      kind: 'webhook delivered but never arrived',
      of: webhooks.filter((delivery) => delivery.state === 'delivered' && !arrived.has(delivery.id)).map((delivery) => delivery.id),
    },
    { kind: 'webhook with an unknown id', of: [...arrived].filter((id) => !known.has(id)) },
    { kind: 'webhook effective twice', of: [...repeated([...effects.values()])] },
  ]
}

/** Mail has no id that a receiver could tell repeats by: at most one each, and one where we say delivered. */
export function checkMails(facts: Pick<Facts, 'deliveries' | 'mails'>): Finding[] {
  const caught = facts.mails.map((mail) => mail.deliveryId ?? 'unknown')
  const there = new Set(caught)
  return [
    { kind: 'mail sent twice', of: [...repeated(caught)] },
    {
      kind: 'mail delivered but never arrived',
      of: facts.deliveries
        .filter((delivery) => delivery.channel === 'email' && delivery.state === 'delivered' && !there.has(delivery.id))
        .map((delivery) => delivery.id),
    },
  ]
}

/** completed + unmatched (+ what was planned to die) = accepted = acknowledged; nothing open, nothing unaccounted. */
export function checkLedger(facts: Pick<Facts, 'acknowledged' | 'ledger'>, expect: (number: number) => Expectation): Finding[] {
  const { events, deliveries } = facts.ledger
  const of: string[] = []
  const dead = [...facts.acknowledged.keys()].filter((number) => expect(number).state === 'dead').length
  if (events.accepted !== facts.acknowledged.size) of.push(`accepted ${events.accepted}, acknowledged ${facts.acknowledged.size}`)
  if (events.dead !== dead) of.push(`${events.dead} dead, not ${dead}`)
  if (events.completed + events.unmatched !== events.accepted - dead)
    of.push(`completed ${events.completed} + unmatched ${events.unmatched} is not accepted ${events.accepted - dead}`)
  for (const [unit, figures] of [
    ['events', events],
    ['deliveries', deliveries],
  ] as const) {
    if (figures.unaccounted !== 0) of.push(`${figures.unaccounted} ${unit} unaccounted`)
    if (figures.pending !== 0) of.push(`${figures.pending} ${unit} pending`)
  }
  return [{ kind: 'ledger does not add up', of }]
}

function repeated(values: string[]): Set<string> {
  const seen = new Set<string>()
  return new Set(values.filter((value) => seen.size === seen.add(value).size))
}

/** For people: one line per finding, with the first few rows. */
export function describe(verdict: Verdict): string {
  return verdict.findings
    .map(({ kind, of }) => `${of.length} x ${kind}: ${of.slice(0, 5).join(', ')}${of.length > 5 ? ', ...' : ''}`)
    .join('\n')
}
