import { describe, expect, it } from 'vitest'
import { check, describe as describeVerdict, type Facts, type FindingKind } from './checker.rules.ts'
import type { Expectation } from './plan.ts'

const expectation = (number: number): Expectation =>
  number === 3
    ? { state: 'unmatched', webhooks: 0, inApp: [], mails: 0 }
    : { state: 'completed', webhooks: 1, inApp: [`u${number} bell`], mails: 1 }

/** Two events with a webhook, an inbox message and a mail each, and one that nobody listens to: all as it should be. */
function goodFacts(): Facts {
  const numbers = [1, 2]
  return {
    acknowledged: new Map([1, 2, 3].map((number) => [number, `e${number}`])),
    events: [1, 2, 3].map((number) => ({ id: `e${number}`, number, state: number === 3 ? 'unmatched' : 'completed' })),
    deliveries: numbers.flatMap((number) =>
      (['webhook', 'in-app', 'email'] as const).map((channel) => ({
        id: `${channel}-${number}`,
        eventId: `e${number}`,
        channel,
        state: 'delivered',
        recipientId: `u${number}`,
        step: 'x',
      })),
    ),
    inApp: numbers.map((number) => ({ id: `n${number}`, eventId: `e${number}`, recipientId: `u${number}`, step: 'bell', sequence: 1 })),
    mails: numbers.map((number) => ({ deliveryId: `email-${number}` })),
    arrivals: numbers.map((number) => ({ deliveryId: `webhook-${number}`, number })),
    ledger: {
      events: { accepted: 3, completed: 2, pending: 0, scheduled: 0, unmatched: 1, dead: 0, cancelled: 0, unaccounted: 0 },
      deliveries: { created: 6, pending: 0, held: 0, unaccounted: 0 },
    },
    reconciliation: [],
  }
}

function findingsOf(spoil: (facts: Facts) => void): Partial<Record<FindingKind, string[]>> {
  const facts = goodFacts()
  spoil(facts)
  return Object.fromEntries(check(facts, expectation).findings.map((finding) => [finding.kind, finding.of]))
}

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => {
    const verdict = check(goodFacts(), expectation)
    expect(verdict.findings).toEqual([])
    expect(verdict.figures).toEqual({
      ...{ accepted: 3, completed: 2, unmatched: 1, lost: 0, unaccounted: 0, doubled: 0, repeatedWebhooks: 0, maybeSentMails: 0 },
    })
    expect(describeVerdict(verdict)).toBe('')
  })

  it('allows what the receiver can tell apart: a webhook that arrives again with its own id, and a mail that may have been sent', () => {
    const facts = goodFacts()
    facts.arrivals.push({ deliveryId: 'webhook-1', number: 1 })
    facts.deliveries.find((delivery) => delivery.id === 'email-2')!.state = 'maybe-sent'
    facts.mails.pop()
    expect(check(facts, expectation)).toMatchObject({ findings: [], figures: { repeatedWebhooks: 1, maybeSentMails: 1, doubled: 0 } })
  })

  it.each<[string, (facts: Facts) => void, Partial<Record<FindingKind, string[]>>]>([
    ['an acknowledged event that is not there', (facts) => facts.events.splice(0, 1), { 'lost event': ['#1'] }],
    [
      'an event that is there twice',
      (facts) => facts.events.push({ id: 'other', number: 2, state: 'completed' }),
      { 'event accepted twice': ['#2'], 'event that nobody was promised': ['#2'] },
    ],
    [
      'an event that has not ended',
      (facts) => (facts.events[0]!.state = 'processing'),
      { 'event in a wrong state': ['#1 is processing, not completed'] },
    ],
    ['a delivery that is missing', (facts) => facts.deliveries.splice(2, 1), { 'delivery missing': ['#1 email'] }],
    [
      'a delivery that is there twice',
      (facts) => facts.deliveries.push({ ...facts.deliveries[1]!, id: 'again' }),
      { 'delivery doubled': ['#1 in-app'] },
    ],
    [
      'a delivery that is still open',
      (facts) => (facts.deliveries[1]!.state = 'pending'),
      { 'delivery not ended': ['in-app-1 is pending'] },
    ],
    ['a delivery that died', (facts) => (facts.deliveries[0]!.state = 'dead'), { 'delivery ended badly': ['webhook-1 is dead'] }],
    [
      'a webhook that may have been sent',
      (facts) => (facts.deliveries[0]!.state = 'maybe-sent'),
      { 'delivery ended badly': ['webhook-1 is maybe-sent'] },
    ],
    ['an inbox row that is missing', (facts) => facts.inApp.splice(0, 1), { 'inbox row missing': ['#1 u1 bell'] }],
    [
      'an inbox row that is there twice',
      (facts) => facts.inApp.push({ ...facts.inApp[0]!, id: 'again', sequence: 2 }),
      { 'inbox row doubled': ['#1 u1 bell'] },
    ],
    ['a sequence with a gap', (facts) => (facts.inApp[1]!.sequence = 2), { 'inbox sequence with a gap': ['u2 has 2 where 1 should be'] }],
    ['a delivered webhook that never arrived', (facts) => facts.arrivals.pop(), { 'webhook delivered but never arrived': ['webhook-2'] }],
    [
      'a webhook under another id',
      (facts) => facts.arrivals.push({ deliveryId: 'other', number: 2 }),
      { 'webhook with an unknown id': ['other'], 'webhook effective twice': ['#2'] },
    ],
    ['a mail that was sent twice', (facts) => facts.mails.push({ deliveryId: 'email-1' }), { 'mail sent twice': ['email-1'] }],
    ['a delivered mail that never arrived', (facts) => facts.mails.pop(), { 'mail delivered but never arrived': ['email-2'] }],
    [
      'a ledger that does not add up',
      (facts) => Object.assign(facts.ledger.events, { completed: 1, unaccounted: 1 }),
      { 'ledger does not add up': ['completed 1 + unmatched 1 is not accepted 3', '1 events unaccounted'] },
    ],
    ['a difference that the reconciler found', (facts) => facts.reconciliation.push('x'), { 'reconciler found a difference': ['x'] }],
  ])('finds exactly %s', (_, spoil, findings) => {
    expect(findingsOf(spoil)).toEqual(findings)
  })
})
