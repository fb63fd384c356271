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
  const tally = `${got} of the last ${countOf(events.length, 'event')}`
  const sentence =
    got === events.length
      ? `${recipient.id} got all of the last ${countOf(events.length, 'event')}.`
      : `${recipient.id} got ${tally}. The newest, ${last.type}: ${last.sentence}`
  return {
    answer: got === events.length ? 'yes' : got > 0 ? 'partly' : last.answer,
    sentence: events.length === 1 ? last.sentence : sentence,
    details: [`${known.charAt(0).toUpperCase()}${known.slice(1)}.`],
    chain: explainPair(pairs[0]!).chain,
    events,
  }
}
