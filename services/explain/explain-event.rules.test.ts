import { describe, expect, it } from 'vitest'
import { eventStates } from '#shared/contracts/event.ts'
import { explainWholeEvent } from './explain-event.rules.ts'
import type { WholeEventFacts } from './explain-facts.ts'
import { at, deliveryFact, eventFact, now, pairFacts } from './facts.fixture.ts'

const explain = (changes: Partial<WholeEventFacts>) =>
  explainWholeEvent({ now, event: eventFact(), workflows: pairFacts({}).workflows, outcomes: [], missing: [], late: [], ...changes })
const group = (state: WholeEventFacts['outcomes'][number]['state'], count: number, channel: 'email' | 'in-app' = 'email') => ({
  channel,
  state,
  reason: null,
  count,
})
const tries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    startedAt: at('14:22:00'),
    durationMs: 10_000,
    outcome: index + 1 === count ? 'delivered' : 'retry',
    statusCode: null,
    error: index + 1 === count ? null : 'ses-eu-west-1 timed out',
  }))

describe('did they get it', () => {
  it('names the one that has not arrived, the late and the unsent', () => {
    const answer = explain({
      outcomes: [group('delivered', 5), group('retrying', 1), group('suppressed', 1)],
      missing: [
        deliveryFact({ recipientId: 'u2210', state: 'retrying', address: null, reason: 'timeout', nextAttemptAt: at('14:33:46') }),
        deliveryFact({ recipientId: 'u0387', state: 'suppressed', reason: 'opted out of welcome by email' }),
      ],
      late: [deliveryFact({ recipientId: 'u1042', state: 'delivered', address: null, finishedAt: at('14:27:15'), attempts: tries(3) })],
    })
    expect(answer).toMatchObject({
      answer: 'partly',
      sentence: '5 of 6 did. The email of u2210 has not gone out yet: timeout; next try at 14:33:46 UTC.',
      details: [
        'The email of u1042 came 6 m 12 s after the event at 14:27:15 UTC, on the third try, because ses-eu-west-1 timed out.',
        'One more was not sent: u0387 opted out of welcome by email.',
      ],
      counts: {
        deliveries: 7,
        byState: { delivered: 5, retrying: 1, suppressed: 1 },
        byChannel: { email: { deliveries: 7, delivered: 5 } },
      },
    })
  })

  it('all, one, none, all suppressed, cut off', () => {
    expect(explain({ outcomes: [group('delivered', 3), group('delivered', 3, 'in-app')] })).toMatchObject({
      answer: 'yes',
      sentence: 'All 6 messages arrived.',
    })
    expect(
      explain({ outcomes: [group('delivered', 1)], late: [deliveryFact({ state: 'delivered', finishedAt: at('14:21:04') })] }).sentence,
    ).toBe('Yes: the email of u1 to ada@example.com was delivered at 14:21:04 UTC, 1.0 s after the event.')
    expect(explain({ outcomes: [group('dead', 2)], missing: [deliveryFact({ state: 'dead', reason: 'refused' })] })).toMatchObject({
      answer: 'no',
      sentence: 'None of 2 did. The email of u1 to ada@example.com failed for good: refused; 1 other did not arrive either.',
    })
    expect(explain({ outcomes: [group('suppressed', 2)] })).toMatchObject({
      answer: 'no',
      sentence: 'Nobody did: 2 messages were suppressed.',
    })
    expect(explain({ outcomes: [group('maybe-sent', 1)] }).answer).toBe('maybe')
    expect(explain({ outcomes: [group('held', 1)] }).answer).toBe('not-yet')
  })

  it.each(eventStates)('has an answer while an event that is %s has no deliveries', (state) => {
    expect(explain({ event: eventFact({ state }) }).sentence).toMatch(/^(Not yet|Nobody did|There was nobody to get it): .+\.$/)
  })

  it('says why nothing was made', () => {
    expect(explain({ event: eventFact({ state: 'unmatched' }), workflows: [] }).sentence).toBe(
      'There was nobody to get it: no workflow exists for pull_request.opened, and no endpoint takes it.',
    )
    expect(explain({ event: eventFact({ state: 'unmatched', recipients: [] }) }).sentence).toBe(
      'There was nobody to get it: it names no recipients and no endpoint takes it.',
    )
  })

  it('has a chain of the event, its workflow, the counts and the notable deliveries', () => {
    const { chain } = explain({
      outcomes: [group('delivered', 1), group('dead', 1)],
      missing: [deliveryFact({ state: 'dead', reason: 'refused', attempts: tries(1) })],
    })
    expect(chain.map((step) => step.kind)).toEqual(['event', 'workflow', 'summary', 'notification', 'delivery', 'attempt'])
    expect(chain[2]!.text).toBe('2 deliveries: 1 delivered and 1 dead.')
  })
})
