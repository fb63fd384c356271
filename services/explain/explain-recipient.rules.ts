// What became of somebody's last events.
import type { Explanation } from '#shared/contracts/explain.ts'
import { countOf } from '#shared/view/figures.ts'
import type { PairFacts, RecipientFact } from './explain-facts.ts'
import { explainPair } from './explain-pair.rules.ts'

type Told = Pick<Explanation, 'answer' | 'sentence' | 'details' | 'chain' | 'events'>

export function explainRecipient(recipient: RecipientFact, pairs: PairFacts[]): Told {
  const events = pairs.map((pair) => {
    const { answer, sentence } = explainPair(pair)
    const { id, type, state, acceptedAt } = pair.event
    return { eventId: id, type, state, acceptedAt: acceptedAt.toISOString(), answer, sentence }
  })
  const known = recipient.profile
    ? recipient.profile.email
      ? `${recipient.id} is known, with the address ${recipient.profile.email}`
      : `${recipient.id} is known, without an email address`
    : `nobody is known as ${recipient.id}`
  if (events.length === 0) {
    const sentence = recipient.profile
      ? `Nothing was sent to ${recipient.id} yet: no recent event names them.`
      : `No recent event names ${recipient.id}, and ${known}.`
    return { answer: 'none', sentence, details: [], chain: [], events }
  }
  const got = events.filter((event) => event.answer === 'yes').length
  const last = events[0]!
  const sentence = `${recipient.id} got ${tallyOf(events)}.${got === events.length ? '' : ` The newest, ${last.type}: ${last.sentence}`}`
  return {
    answer: got === events.length ? 'yes' : got > 0 || events.some((event) => event.answer === 'partly') ? 'partly' : last.answer,
    sentence: events.length === 1 ? last.sentence : sentence,
    details: [`${known.charAt(0).toUpperCase()}${known.slice(1)}.`],
    chain: explainPair(pairs[0]!).chain,
    events,
  }
}

/** 'all of the last 3 events', '3 of the last 10 events, and part of 2 more'. */
function tallyOf(events: Told['events']): string {
  const all = `the last ${countOf(events.length, 'event')}`
  const got = events.filter((event) => event.answer === 'yes').length
  const partly = events.filter((event) => event.answer === 'partly').length
  if (got === events.length) return `all of ${all}`
  if (partly === 0) return `${got === 0 ? 'none' : got} of ${all}`
  if (got === 0) return partly === events.length ? `a part of each of ${all}` : `a part of ${partly} of ${all}, and nothing of the others`
  return `${got} of ${all}, and a part of ${partly} more`
}
