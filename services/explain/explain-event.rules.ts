// Did they get it? For everybody that an event was for.
import type { ExplainAnswer, ExplainCounts, Explanation } from '#shared/contracts/explain.ts'
import { countOf } from '#shared/view/figures.ts'
import { chainOfEvent } from './chain.rules.ts'
import type { DeliveryFact, OutcomeGroup, WholeEventFacts } from './explain-facts.ts'
import { whyCancelled, whyUnmatched } from './judge-event.rules.ts'
import { judgeDelivery, letterState, whyWaiting } from './judge-delivery.rules.ts'
import { capital, listOf, messageName, moment, ordinal, span, words } from './phrase.rules.ts'

type Verdict = Pick<Explanation, 'answer' | 'sentence' | 'details'>

export function explainWholeEvent(facts: WholeEventFacts): Verdict & Pick<Explanation, 'chain' | 'counts'> {
  const verdict = facts.outcomes.length > 0 ? fromOutcomes(facts) : beforeOutcomes(facts)
  return { ...verdict, chain: chainOfEvent(facts), counts: countsOf(facts.outcomes) }
}

export function countsOf(outcomes: OutcomeGroup[]): ExplainCounts {
  const counts: ExplainCounts = { deliveries: 0, byState: {}, byChannel: {} }
  for (const { channel, state, count } of outcomes) {
    counts.deliveries += count
    counts.byState[state] = (counts.byState[state] ?? 0) + count
    const of = (counts.byChannel[channel] ??= { deliveries: 0, delivered: 0 })
    of.deliveries += count
    if (state === 'delivered') of.delivered += count
  }
  return counts
}

/** Nothing was made of it: not yet, or never. */
function beforeOutcomes({ now, event, workflows }: WholeEventFacts): Verdict {
  const verdict = (answer: ExplainAnswer, sentence: string): Verdict => ({ answer, sentence, details: [] })
  switch (event.state) {
    case 'scheduled':
      return verdict('not-yet', `Not yet: it is scheduled${event.scheduledAt ? ` for ${moment(event.scheduledAt, now)}` : ''}.`)
    case 'accepted':
    case 'processing':
      return verdict(
        'not-yet',
        `Not yet: ${event.waiting ? whyWaiting(event.waiting, event.acceptedAt, now) : 'its fan-out is being written'}.`,
      )
    case 'cancelled':
      return verdict('no', `Nobody did: ${whyCancelled(event, now)}.`)
    case 'dead':
      return verdict(
        'no',
        `Nobody did: its fan-out failed for good: ${words(event.reason ?? event.letter?.message ?? 'the reason was not kept')}${event.letter ? letterState(event.letter) : ''}.`,
      )
    case 'unmatched':
    case 'completed': {
      const why = whyUnmatched(event, workflows, now)
      const nobody =
        event.recipients.length === 0
          ? 'it names no recipients and no endpoint takes it'
          : 'no workflow made a message of it and no endpoint takes it'
      return verdict(
        'none',
        `There was nobody to get it: ${why && event.recipients.length > 0 ? `${why}, and no endpoint takes it` : nobody}.`,
      )
    }
  }
}

const open = new Set(['pending', 'sending', 'retrying', 'held'])

function fromOutcomes({ now, event, outcomes, missing, late }: WholeEventFacts): Verdict {
  const sum = (wanted: (state: string) => boolean): number =>
    outcomes.filter((group) => wanted(group.state)).reduce((total, group) => total + group.count, 0)
  const delivered = sum((state) => state === 'delivered')
  const suppressed = sum((state) => state === 'suppressed')
  const wanted = sum(() => true) - suppressed
  const waiting = sum((state) => open.has(state))
  const maybe = sum((state) => state === 'maybe-sent')
  const context = { now, acceptedAt: event.acceptedAt }
  const worst = missing.filter((delivery) => delivery.state !== 'suppressed')
  const unsent = missing.filter((delivery) => delivery.state === 'suppressed')

  const answer: ExplainAnswer =
    wanted === 0 ? 'no' : delivered === wanted ? 'yes' : delivered > 0 ? 'partly' : waiting > 0 ? 'not-yet' : maybe > 0 ? 'maybe' : 'no'
  // Of many only the first is told: the others are counted.
  const first = worst[0] ? clauseWithOwner(worst[0], judgeDelivery(worst[0], context).clause) : null
  const others = wanted - delivered - 1
  const rest = first ? ` ${capital(first)}${others > 0 ? `; ${countOf(others, 'other')} did not arrive either` : ''}.` : ''
  const sentence =
    wanted === 0
      ? `Nobody did: ${countOf(suppressed, 'message was', 'messages were')} suppressed.`
      : delivered === wanted
        ? wanted === 1
          ? `Yes: ${late[0] ? clauseWithOwner(late[0], judgeDelivery(late[0], context).clause) : 'it was delivered'}.`
          : `All ${countOf(wanted, 'message')} arrived.`
        : `${delivered === 0 ? 'None' : delivered} of ${wanted} did.${rest}`
  return {
    answer,
    sentence,
    details: [...(wanted === 1 ? [] : lateSentences(late, context)), ...unsentSentences(unsent, suppressed, wanted)],
  }
}

/** 'u1: the email ...': whose message it is, where its name does not say so. */
function clauseWithOwner(delivery: DeliveryFact, clause: string): string {
  return delivery.recipientId ? clause.replace(/^the (email|inbox message)/, `the $1 of ${delivery.recipientId}`) : clause
}

function lateSentences(late: DeliveryFact[], { now, acceptedAt }: { now: Date; acceptedAt: Date }): string[] {
  return late
    .filter((delivery) => delivery.finishedAt !== null && delivery.attempts.length > 1)
    .map((delivery) => {
      const name = clauseWithOwner(delivery, messageName(delivery))
      const errors = [
        ...new Set(
          delivery.attempts.flatMap((attempt) => (attempt.outcome !== 'delivered' && attempt.error ? [words(attempt.error)] : [])),
        ),
      ]
      const why = errors.length > 0 ? `, because ${errors[0]}${errors.length > 1 ? ' and more' : ''}` : ''
      return `${capital(name)} came ${span(delivery.finishedAt!.getTime() - acceptedAt.getTime())} after the event at ${moment(delivery.finishedAt!, now)}, on the ${ordinal(delivery.attempts.length)} try${why}.`
    })
}

function unsentSentences(unsent: DeliveryFact[], suppressed: number, wanted: number): string[] {
  if (suppressed === 0) return []
  const more =
    wanted > 0
      ? suppressed === 1
        ? 'One more was not sent'
        : `${suppressed} more were not sent`
      : suppressed === 1
        ? 'One was not sent'
        : `${suppressed} were not sent`
  const why = unsent.slice(0, 2).map((delivery) => {
    const who = delivery.recipientId ?? 'the recipient'
    return delivery.reason === 'no email address'
      ? `no email address of ${who} was known`
      : `${who} ${delivery.reason ?? 'did not want it'}`
  })
  return [`${more}${why.length > 0 ? `: ${listOf(why)}${suppressed > why.length ? ' and others' : ''}` : ''}.`]
}
