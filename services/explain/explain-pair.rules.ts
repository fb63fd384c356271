// Why one recipient did or did not get one event.
import type { ExplainAnswer, Explanation } from '#shared/contracts/explain.ts'
import { chainOfPair } from './chain.rules.ts'
import type { EventFact, PairFacts, RecipientFact, WorkflowFact } from './explain-facts.ts'
import { judgeDelivery, letterState, whyWaiting, type DeliveryJudgement } from './judge-delivery.rules.ts'
import { forWhom, howNamed, lineages, whyCancelled, whyUnmatched, type Named } from './judge-event.rules.ts'
import { moment, words } from './phrase.rules.ts'

type Verdict = Pick<Explanation, 'answer' | 'sentence' | 'details'>

export function explainPair(facts: PairFacts): Verdict & Pick<Explanation, 'chain'> {
  const named = howNamed(facts.event, facts.recipient)
  const verdict = facts.deliveries.length > 0 ? fromDeliveries(facts) : withoutDeliveries(facts, named)
  return { ...verdict, chain: chainOfPair(facts, named) }
}

const openings: Record<ExplainAnswer, string> = {
  yes: 'got it',
  partly: 'got part of it',
  'not-yet': 'has not got it yet',
  maybe: 'may have got it',
  no: 'did not get it',
  none: 'was not to get it',
}

/** One clause for each message; of what was sent again, the one that says most: it arrived, else the newest. */
function fromDeliveries({ now, event, recipient, deliveries }: PairFacts): Verdict {
  const judged = lineages(deliveries).map((lineage) => {
    const judgements = lineage.map((delivery) => judgeDelivery(delivery, { now, acceptedAt: event.acceptedAt }))
    return judgements.findLast((one) => one.answer === 'yes') ?? judgements.at(-1)!
  })
  const answer = combine(judged)
  // What somebody asks about first: what they miss.
  const ordered = [...judged].sort((a, b) => rank[a.answer] - rank[b.answer])
  return {
    answer,
    sentence: `${recipient.id} ${openings[answer]}: ${ordered.map((one) => one.clause).join('; ')}.`,
    details: ordered.map((one) => `${one.clause.charAt(0).toUpperCase()}${one.clause.slice(1)}.`),
  }
}

const rank = { no: 0, maybe: 1, 'not-yet': 2, yes: 3 } as const

function combine(judged: DeliveryJudgement[]): ExplainAnswer {
  const has = (answer: DeliveryJudgement['answer']): boolean => judged.some((one) => one.answer === answer)
  if (has('yes')) return judged.every((one) => one.answer === 'yes') ? 'yes' : 'partly'
  if (has('not-yet')) return 'not-yet'
  return has('maybe') ? 'maybe' : 'no'
}

function withoutDeliveries(facts: PairFacts, named: Named): Verdict {
  const { answer, why } = whyNothing(facts, named)
  return { answer, sentence: `${facts.recipient.id} ${openings[answer]}: ${why}.`, details: [] }
}

function whyNothing({ now, event, recipient, workflows }: PairFacts, named: Named): { answer: ExplainAnswer; why: string } {
  if (named.how === 'not') return { answer: 'none', why: `the event was ${forWhom(event)}` }
  switch (event.state) {
    case 'scheduled':
      return {
        answer: 'not-yet',
        why: event.scheduledAt ? `it is scheduled for ${moment(event.scheduledAt, now)}` : 'it is scheduled',
      }
    case 'accepted':
      return {
        answer: 'not-yet',
        why: event.waiting
          ? `the event was accepted, but ${whyWaiting(event.waiting, event.acceptedAt, now)}`
          : 'the event waits for its fan-out',
      }
    case 'processing':
      return { answer: 'not-yet', why: 'the event is being fanned out to a large topic, page by page, and their turn has not come' }
    case 'cancelled':
      return { answer: 'no', why: whyCancelled(event, now) }
    case 'dead':
      return {
        answer: 'no',
        why: `the fan-out of the event failed for good: ${words(event.reason ?? event.letter?.message ?? 'the reason was not kept')}${event.letter ? letterState(event.letter) : ''}`,
      }
    case 'unmatched':
    case 'completed':
      return whyNoMessage(event, recipient, workflows, named, now)
  }
}

function whyNoMessage(
  event: EventFact,
  recipient: RecipientFact,
  workflows: WorkflowFact[],
  named: Named,
  now: Date,
): { answer: ExplainAnswer; why: string } {
  const unmatched = whyUnmatched(event, workflows, now)
  if (unmatched) return { answer: 'no', why: unmatched }
  if (named.how === 'topic' && named.since > event.acceptedAt) {
    return { answer: 'no', why: `${recipient.id} joined topic ${named.key} at ${moment(named.since, now)}, after the event` }
  }
  if (!recipient.profile)
    return { answer: 'no', why: `nobody is known as ${recipient.id} now: what was made for them was deleted with them` }
  return { answer: 'no', why: `the event was fanned out, and no message for ${recipient.id} is kept` }
}
