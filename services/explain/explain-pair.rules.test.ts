import { describe, expect, it } from 'vitest'
import { deliveryStates, eventStates, type DeliveryState, type EventState } from '#shared/contracts/event.ts'
import type { DeliveryFact, EventFact, LetterFact, PairFacts, WaitingFact } from './explain-facts.ts'
import { explainPair } from './explain-pair.rules.ts'
import { explainRecipient } from './explain-recipient.rules.ts'
import { at, deliveryFact, eventFact, letterFact, now, pairFacts, waitingFact } from './facts.fixture.ts'

const sentence = (changes: Partial<PairFacts>): string => explainPair(pairFacts(changes)).sentence
const of = (changes: Partial<DeliveryFact>): string => sentence({ deliveries: [deliveryFact(changes)] })
const ofEvent = (changes: Partial<EventFact>, rest: Partial<PairFacts> = {}): string =>
  sentence({ event: eventFact(changes), deliveries: [], ...rest })

describe('one message', () => {
  it('says when it was delivered, how long after the event, on which try', () => {
    expect(of({ state: 'delivered', finishedAt: at('14:27:15'), attempts: [failed(1), failed(2), good(3)] })).toBe(
      'u1 got it: the email to ada@example.com was delivered at 14:27:15 UTC, 6 m 12 s after the event, on the third try.',
    )
  })

  it('says whether an inbox message was seen', () => {
    const inbox = { channel: 'in-app', address: null, state: 'delivered', finishedAt: at('14:21:03') } as const
    expect(of(inbox)).toContain('the inbox message was delivered at 14:21:03 UTC, 0 ms after the event, and not read yet.')
    expect(of({ ...inbox, readAt: at('14:23:12') })).toContain(', and read at 14:23:12 UTC.')
    expect(of({ ...inbox, archivedAt: at('14:24:00') })).toContain(', and archived unread at 14:24:00 UTC.')
  })

  it.each([
    ['no email address', 'no email address of u1 was known'],
    ['opted out of welcome by email', 'u1 opted out of welcome by email'],
    ['opted out of email', 'u1 opted out of email'],
    ['something new', 'something new'],
  ])('suppressed: %s', (reason, words) => {
    expect(of({ state: 'suppressed', reason })).toBe(`u1 did not get it: the email to ada@example.com was not sent: ${words}.`)
  })

  it.each([
    ['event cancelled', 'the event was cancelled first'],
    ['expired', 'the event expired first'],
    ['endpoint deleted', 'its endpoint was deleted'],
  ])('cancelled: %s', (reason, words) => {
    expect(of({ state: 'cancelled', reason })).toContain(`was not sent: ${words}`)
  })

  it.each<[string, Partial<WaitingFact>, string]>([
    ['its turn', {}, 'it waits for its turn, in queue delivery-email for 11 m 05 s'],
    ['a worker', { leased: true }, 'it is with a worker or on its way to one'],
    [
      'a paused queue',
      { pause: { at: at('14:30:00'), by: 'operator 1', reason: 'provider is down.' } },
      'queue delivery-email was paused by operator 1 (provider is down)',
    ],
    ['a start without an effect', { starts: 2, lastError: 'boom' }, 'it was started 2 times without an effect, last: boom'],
    ['its time', { dueAt: at('15:00:00') }, 'it is due at 15:00:00 UTC'],
  ])('pending: waits for %s', (_, waiting, words) => {
    expect(of({ state: 'pending', waiting: waitingFact(waiting) })).toContain(
      `has not got it yet: the email to ada@example.com has not gone out yet: ${words}`,
    )
  })

  it('pending: waits for the end of quiet hours, or for we do not know what', () => {
    expect(of({ state: 'pending', reason: 'quiet hours', nextAttemptAt: at('07:00:00', 21) })).toContain(
      'quiet hours of the recipient end at 21 Nov 07:00:00 UTC',
    )
    expect(of({ state: 'pending', waiting: null })).toContain('it waits for its turn')
  })

  it('retrying: says why, and when it is tried again', () => {
    const retrying: Partial<DeliveryFact> = { state: 'retrying', reason: 'no connection within 10 s', attempts: [failed(1), failed(2)] }
    expect(of({ ...retrying, nextAttemptAt: at('14:33:46') })).toBe(
      'u1 has not got it yet: the email to ada@example.com has not gone out yet: no connection within 10 s (2 tries); next try at 14:33:46 UTC.',
    )
    expect(of({ ...retrying, nextAttemptAt: at('14:32:00') })).toContain('the next try is due now')
    expect(of({ ...retrying, nextAttemptAt: null })).toContain('the next try is not planned yet')
    expect(of({ ...retrying, waiting: waitingFact({ pause: { at: now, by: null, reason: null } }) })).toContain(
      'queue delivery-email was paused',
    )
  })

  it.each([
    ['gone', 'its endpoint answered 410 Gone and was disabled at 14:25:00 UTC'],
    ['failing', 'its endpoint failed for days and was disabled at 14:25:00 UTC'],
    ['operator', 'its endpoint was disabled by a person at 14:25:00 UTC'],
    [null, 'its endpoint is disabled'],
  ])('held: %s', (disabledReason, words) => {
    const endpoint = {
      id: 'end_1',
      name: 'hooks.example.com/in',
      disabledReason,
      disabledAt: disabledReason ? at('14:25:00') : null,
      deletedAt: null,
    }
    expect(of({ state: 'held', channel: 'webhook', endpoint })).toContain(`the webhook to hooks.example.com/in is held: ${words}`)
  })

  it.each<[Partial<LetterFact>, string]>([
    [{}, '; its dead letter is open and can be sent again'],
    [{ state: 'discarded', closedReason: 'too late' }, '; its dead letter was discarded (too late)'],
    [{ state: 'replayed', outcome: 'failed-again' }, '; a replay failed again'],
    [{ state: 'replayed', outcome: null }, '; a replay put it back to work'],
    [{ state: 'replayed', outcome: 'fixed' }, '; a replay mended it'],
  ])('dead: says the cause and what became of the letter: %o', (letter, words) => {
    expect(of({ state: 'dead', reason: '550 5.1.1 mailbox does not exist', letter: letterFact(letter) })).toBe(
      `u1 did not get it: the email to ada@example.com failed for good: 550 5.1.1 mailbox does not exist${words}.`,
    )
  })

  it('maybe-sent and sending', () => {
    expect(of({ state: 'maybe-sent' })).toMatch(/^u1 may have got it: the email to ada@example.com may have arrived/)
    expect(of({ state: 'sending', attempts: [failed(1), running(2)] })).toContain('is being sent now, on the second try')
  })

  it.each(deliveryStates)('has a sentence for a delivery that is %s', (state: DeliveryState) => {
    expect(of({ state })).toMatch(/^u1 (got it|has not got it yet|may have got it|did not get it): the email to ada@example.com .+\.$/)
  })
})

describe('several messages', () => {
  it('tells first what is missing', () => {
    const facts = [
      deliveryFact({ state: 'delivered', finishedAt: at('14:21:04') }),
      deliveryFact({ source: 'welcome/bell', channel: 'in-app', address: null, state: 'suppressed', reason: 'opted out of in-app' }),
    ]
    expect(sentence({ deliveries: facts })).toBe(
      'u1 got part of it: the inbox message was not sent: u1 opted out of in-app; the email to ada@example.com was delivered at 14:21:04 UTC, 1.0 s after the event.',
    )
  })

  it('counts a resend and what it repeats as one: it arrived when either did', () => {
    const first = deliveryFact({ id: 'dlv_1', state: 'dead', reason: 'no' })
    const again = deliveryFact({ id: 'dlv_2', state: 'delivered', generation: 1, previousId: 'dlv_1', finishedAt: at('14:30:00') })
    expect(explainPair(pairFacts({ deliveries: [first, again] }))).toMatchObject({
      answer: 'yes',
      sentence: expect.stringContaining(', sent once more by a person'),
    })
    expect(
      explainPair(
        pairFacts({
          deliveries: [
            { ...first, state: 'delivered' },
            { ...again, state: 'dead' },
          ],
        }),
      ).answer,
    ).toBe('yes')
  })
})

describe('without a message', () => {
  it.each<[Partial<EventFact>, string]>([
    [{ state: 'scheduled', scheduledAt: at('18:00:00') }, 'u1 has not got it yet: it is scheduled for 18:00:00 UTC.'],
    [
      { state: 'accepted', waiting: waitingFact({ queue: 'fan-out', pause: { at: now, by: 'op', reason: null } }) },
      'u1 has not got it yet: the event was accepted, but queue fan-out was paused by op.',
    ],
    [{ state: 'accepted' }, 'u1 has not got it yet: the event waits for its fan-out.'],
    [
      { state: 'processing' },
      'u1 has not got it yet: the event is being fanned out to a large topic, page by page, and their turn has not come.',
    ],
    [{ state: 'cancelled', cancelledAt: at('14:22:00') }, 'u1 did not get it: the event was cancelled at 14:22:00 UTC.'],
    [
      { state: 'cancelled', reason: 'expired', expiresAt: at('14:22:00') },
      'u1 did not get it: the event expired at 14:22:00 UTC, before it was sent.',
    ],
    [
      { state: 'dead', reason: 'Its worker ended 5 times', letter: letterFact({}) },
      'u1 did not get it: the fan-out of the event failed for good: Its worker ended 5 times; its dead letter is open and can be sent again.',
    ],
  ])('%o', (event, words) => expect(ofEvent(event)).toBe(words))

  it('was for others', () => {
    expect(ofEvent({ recipients: ['a', { id: 'b' }, { topic: 't' }, 'c'] })).toBe(
      'u1 was not to get it: the event was for a, b, topic t and 1 more only.',
    )
    expect(ofEvent({ recipients: [] })).toBe('u1 was not to get it: the event was for endpoints only, it names no recipients.')
  })

  it('no workflow, a draft, one that came later', () => {
    const unmatched = { state: 'unmatched' } as const
    expect(ofEvent(unmatched, { workflows: [] })).toBe('u1 did not get it: no workflow exists for pull_request.opened.')
    const workflow = { key: 'welcome', version: null, publishedAt: null, critical: false, channels: [] }
    expect(ofEvent(unmatched, { workflows: [workflow] })).toBe(
      'u1 did not get it: workflow welcome for pull_request.opened is a draft and was never published.',
    )
    expect(ofEvent(unmatched, { workflows: [{ ...workflow, version: 1, publishedAt: at('14:30:00') }] })).toBe(
      'u1 did not get it: workflow welcome was published at 14:30:00 UTC, after the event.',
    )
  })

  it('joined the topic too late, was deleted, or nothing is kept', () => {
    const event = { recipients: [{ topic: 't' }], state: 'completed' } as const
    const base = pairFacts({}).recipient
    expect(
      ofEvent({ ...event, recipients: [...event.recipients] }, { recipient: { ...base, topics: [{ key: 't', since: at('14:30:00') }] } }),
    ).toBe('u1 did not get it: u1 joined topic t at 14:30:00 UTC, after the event.')
    expect(ofEvent({ state: 'completed' }, { recipient: { ...base, profile: null } })).toContain('nobody is known as u1 now')
    expect(ofEvent({ state: 'completed' })).toContain('no message for u1 is kept')
  })

  it.each(eventStates)('has a sentence for an event that is %s', (state: EventState) => {
    expect(ofEvent({ state })).toMatch(/^u1 (has not got it yet|did not get it): .+\.$/)
  })
})

describe('the chain', () => {
  it('follows the path, each row with its proof', () => {
    const delivery = deliveryFact({
      state: 'dead',
      reason: 'refused',
      attempts: [failed(1), { ...failed(2), outcome: 'give-up' }],
      letter: letterFact({ state: 'replayed', outcome: 'failed-again', replayId: 'rpl_1', closedAt: now }),
    })
    const { chain } = explainPair(pairFacts({ deliveries: [delivery] }))
    expect(chain.map((step) => step.kind)).toEqual([
      'event',
      'workflow',
      'recipient',
      'notification',
      'delivery',
      'attempt',
      'attempt',
      'dead-letter',
      'replay',
    ])
    expect(chain.find((step) => step.kind === 'dead-letter')).toMatchObject({
      id: 'dl_1',
      at: expect.any(String),
      text: 'Dead letter, SMTP 550 from mail server; a replay failed again.',
    })
    expect(chain.every((step) => step.id !== null || step.kind === 'replay')).toBe(true)
  })

  it('shows the preference that decided, and that it changed since', () => {
    const preference = { document: { channels: { email: false } }, updatedAt: at('14:40:00', 3) }
    const recipient = { ...pairFacts({}).recipient, preference }
    const { chain } = explainPair(
      pairFacts({ recipient, deliveries: [deliveryFact({ state: 'suppressed', reason: 'opted out of email' })] }),
    )
    expect(chain.find((step) => step.kind === 'preference')).toMatchObject({
      result: 'stop',
      text: 'Preferences, last changed at 3 Nov 14:40:00 UTC: u1 opted out of email.',
    })
  })

  it('shows what it waits for: a held endpoint, a paused queue', () => {
    const endpoint = { id: 'end_1', name: 'hooks.example.com', disabledReason: 'gone', disabledAt: now, deletedAt: null }
    expect(
      explainPair(pairFacts({ deliveries: [deliveryFact({ channel: 'webhook', state: 'held', endpoint })] })).chain.at(-1),
    ).toMatchObject({ kind: 'endpoint', id: 'end_1' })
    const waiting = waitingFact({ pause: { at: now, by: 'op', reason: 'night' } })
    expect(explainPair(pairFacts({ deliveries: [deliveryFact({ state: 'pending', waiting })] })).chain.at(-1)).toMatchObject({
      kind: 'queue',
      text: 'Queue delivery-email is paused by op: night.',
    })
  })
})

describe('a recipient alone', () => {
  const { recipient } = pairFacts({})
  it('tells how many of the last events arrived, and the newest', () => {
    const got = pairFacts({ deliveries: [deliveryFact({ state: 'delivered', finishedAt: at('14:22:00') })] })
    const lost = pairFacts({ deliveries: [deliveryFact({ state: 'dead', reason: 'no' })] })
    expect(explainRecipient(recipient, [got, got])).toMatchObject({ answer: 'yes', sentence: 'u1 got all of the last 2 events.' })
    expect(explainRecipient(recipient, [lost, got])).toMatchObject({
      answer: 'partly',
      sentence: expect.stringContaining('u1 got 1 of the last 2 events. The newest, pull_request.opened: u1 did not get it'),
    })
  })
  it('counts what arrived in part apart', () => {
    const got = pairFacts({ deliveries: [deliveryFact({ state: 'delivered', finishedAt: at('14:22:00') })] })
    const bell = deliveryFact({
      source: 'welcome/bell',
      channel: 'in-app',
      address: null,
      state: 'suppressed',
      reason: 'opted out of in-app',
    })
    const part = pairFacts({ deliveries: [deliveryFact({ state: 'delivered', finishedAt: at('14:22:00') }), bell] })
    expect(explainRecipient(recipient, [part, got]).sentence).toContain('u1 got 1 of the last 2 events, and a part of 1 more. The newest')
    expect(explainRecipient(recipient, [part, part])).toMatchObject({
      answer: 'partly',
      sentence: expect.stringContaining('u1 got a part of each of the last 2 events.'),
    })
  })
  it('says when there is nothing, and whether anybody is known by that id', () => {
    expect(explainRecipient(recipient, []).sentence).toBe('Nothing was sent to u1 yet: no recent event names them.')
    expect(explainRecipient({ ...recipient, profile: null }, []).sentence).toBe('No recent event names u1, and nobody is known as u1.')
  })
})

function failed(number: number) {
  return { number, startedAt: at('14:22:00'), durationMs: 10_000, outcome: 'retry', statusCode: null, error: 'no connection within 10 s' }
}
function good(number: number) {
  return { number, startedAt: at('14:27:14'), durationMs: 412, outcome: 'delivered', statusCode: 250, error: null }
}
function running(number: number) {
  return { number, startedAt: at('14:32:07'), durationMs: null, outcome: null, statusCode: null, error: null }
}
