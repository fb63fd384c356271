// The rows behind a sentence, in the order of the path: each with its id, its time and what it says.
import type { ExplainStep } from '#shared/contracts/explain.ts'
import type {
  AttemptFact,
  DeliveryFact,
  EventFact,
  LetterFact,
  PairFacts,
  RecipientFact,
  WholeEventFacts,
  WorkflowFact,
} from './explain-facts.ts'
import { forWhom, lineages, whyCancelled, whyUnmatched, type Named } from './judge-event.rules.ts'
import { heldBy, judgeDelivery, letterState, whyWaiting } from './judge-delivery.rules.ts'
import { capital, listOf, moment, span, words } from './phrase.rules.ts'

export function chainOfPair(facts: PairFacts, named: Named): ExplainStep[] {
  const { event, recipient, workflows, now } = facts
  return [
    eventStep(event, now),
    ...workflowSteps(event, workflows, now, facts.deliveries),
    recipientStep(event, recipient, named, now),
    ...preferenceSteps(facts),
    ...lineages(facts.deliveries).flatMap((lineage) => lineage.flatMap((delivery) => deliverySteps(delivery, event, now))),
  ]
}

export function chainOfEvent(facts: WholeEventFacts): ExplainStep[] {
  const { event, workflows, now } = facts
  const total = facts.outcomes.reduce((sum, group) => sum + group.count, 0)
  return [
    eventStep(event, now),
    ...workflowSteps(event, workflows, now, facts.missing),
    ...(total > 0
      ? [step('summary', null, null, 'info', `${total} ${total === 1 ? 'delivery' : 'deliveries'}: ${listOf(countsByState(facts))}.`)]
      : []),
    ...facts.missing.flatMap((delivery) => deliverySteps(delivery, event, now)),
    ...facts.late.flatMap((delivery) => deliverySteps(delivery, event, now)),
  ]
}

function countsByState({ outcomes }: WholeEventFacts): string[] {
  const byState = Map.groupBy(outcomes, (group) => group.state)
  return [...byState].map(([state, groups]) => `${groups.reduce((sum, group) => sum + group.count, 0)} ${state}`)
}

function step(kind: ExplainStep['kind'], id: string | null, at: Date | null, result: ExplainStep['result'], text: string): ExplainStep {
  return { kind, id, at: at?.toISOString() ?? null, result, text }
}

function eventStep(event: EventFact, now: Date): ExplainStep {
  const say = (result: ExplainStep['result'], text: string): ExplainStep => step('event', event.id, event.acceptedAt, result, text)
  const took = event.completedAt ? ` ${span(event.completedAt.getTime() - event.acceptedAt.getTime())} later` : ''
  switch (event.state) {
    case 'scheduled':
      return say('wait', `${event.type} was accepted and is scheduled${event.scheduledAt ? ` for ${moment(event.scheduledAt, now)}` : ''}.`)
    case 'accepted':
      return say(
        'wait',
        `${event.type} was accepted; ${event.waiting ? whyWaiting(event.waiting, event.acceptedAt, now) : 'it waits for its fan-out'}.`,
      )
    case 'processing':
      return say('ok', `${event.type} was accepted and fanned out; not all of its deliveries have ended.`)
    case 'completed':
      return say('ok', `${event.type} was accepted; all of its deliveries had ended${took}.`)
    case 'unmatched':
      return say('warn', `${event.type} was accepted and fanned out into nothing${took}.`)
    case 'dead':
      return say('stop', `${event.type} was accepted; its fan-out failed for good: ${words(event.reason ?? 'the reason was not kept')}.`)
    case 'cancelled':
      return say('stop', `${event.type} was accepted; then ${whyCancelled(event, now)}.`)
  }
}

function workflowSteps(event: EventFact, workflows: WorkflowFact[], now: Date, deliveries: DeliveryFact[]): ExplainStep[] {
  if (event.state === 'dead' && event.letter) return [letterStep(event.letter)]
  const used = [...new Set(deliveries.flatMap((delivery) => delivery.workflowKey ?? []))]
  const unmatched = used.length === 0 ? whyUnmatched(event, workflows, now) : null
  if (unmatched) return [step('workflow', null, null, 'stop', `${capital(unmatched)}.`)]
  return workflows
    .filter((workflow) => workflow.version !== null)
    .map((workflow) =>
      step(
        'workflow',
        workflow.key,
        workflow.publishedAt,
        'ok',
        `Workflow ${workflow.key} version ${workflow.version} takes ${event.type}: ${listOf(workflow.channels)}${workflow.critical ? '; critical, so preferences do not count' : ''}.`,
      ),
    )
}

function recipientStep(event: EventFact, recipient: RecipientFact, named: Named, now: Date): ExplainStep {
  const { profile, id } = recipient
  const known = profile
    ? profile.email
      ? `known since ${moment(profile.createdAt, now)}, email ${profile.email}`
      : `known since ${moment(profile.createdAt, now)}, without an email address`
    : 'not known'
  const at = profile?.createdAt ?? null
  switch (named.how) {
    case 'directly':
      return step('recipient', id, at, profile ? 'ok' : 'warn', `The event names ${id}: ${known}.`)
    case 'topic':
      return named.since > event.acceptedAt
        ? step(
            'recipient',
            id,
            named.since,
            'stop',
            `${id} joined topic ${named.key} at ${moment(named.since, now)}, after the event; ${known}.`,
          )
        : step('recipient', id, named.since, 'ok', `${id} is a member of topic ${named.key} since ${moment(named.since, now)}; ${known}.`)
    case 'not':
      return step('recipient', id, at, 'stop', `The event does not name ${id}: it was ${forWhom(event)}; ${known}.`)
  }
}

function preferenceSteps({ recipient, deliveries, now }: PairFacts): ExplainStep[] {
  const suppressed = deliveries.filter((delivery) => delivery.state === 'suppressed')
  const decided = suppressed.some((delivery) => delivery.reason?.startsWith('opted out of'))
  const { preference } = recipient
  if (!preference) return decided ? [step('preference', recipient.id, null, 'info', 'The preferences that decided then are gone now.')] : []
  const changedSince = deliveries.some((delivery) => preference.updatedAt > delivery.createdAt)
  const when = `last changed at ${moment(preference.updatedAt, now)}${changedSince ? ', after this event' : ''}`
  if (!decided) return [step('preference', recipient.id, preference.updatedAt, 'ok', `Preferences, ${when}, let it pass.`)]
  const reasons = [...new Set(suppressed.flatMap((delivery) => delivery.reason ?? []))]
  return [step('preference', recipient.id, preference.updatedAt, 'stop', `Preferences, ${when}: ${recipient.id} ${listOf(reasons)}.`)]
}

function deliverySteps(delivery: DeliveryFact, event: EventFact, now: Date): ExplainStep[] {
  const judged = judgeDelivery(delivery, { now, acceptedAt: event.acceptedAt })
  const isResend = delivery.previousId !== null
  const { waiting, endpoint } = delivery
  return [
    ...(delivery.notificationId && !isResend
      ? [
          step(
            'notification',
            delivery.notificationId,
            delivery.createdAt,
            'ok',
            `Workflow ${delivery.workflowKey ?? '?'} made ${delivery.channel === 'email' ? 'a mail' : 'an inbox message'}${delivery.recipientId ? ` for ${delivery.recipientId}` : ''}.`,
          ),
        ]
      : []),
    isResend
      ? step('resend', delivery.id, delivery.createdAt, judged.result, `Sent once more: ${judged.clause}.`)
      : step('delivery', delivery.id, delivery.finishedAt ?? delivery.createdAt, judged.result, `${capital(judged.clause)}.`),
    ...delivery.attempts.map((attempt) => attemptStep(attempt, delivery)),
    ...(delivery.letter ? [letterStep(delivery.letter), ...replaySteps(delivery.letter)] : []),
    ...(delivery.state === 'held' && endpoint?.disabledAt
      ? [
          step(
            'endpoint',
            endpoint.id,
            endpoint.disabledAt,
            'warn',
            `Endpoint ${endpoint.name} is disabled${endpoint.disabledReason ? `: ${endpoint.disabledReason}` : ''}.`,
          ),
        ]
      : []),
    ...(waiting?.hold ? [step('queue', waiting.queue, waiting.hold.at, 'wait', `${capital(heldBy(waiting))}.`)] : []),
    ...(waiting?.pause
      ? [
          step(
            'queue',
            waiting.queue,
            waiting.pause.at,
            'wait',
            `Queue ${waiting.queue} is paused${waiting.pause.by ? ` by ${waiting.pause.by}` : ''}${waiting.pause.reason ? `: ${words(waiting.pause.reason)}` : ''}.`,
          ),
        ]
      : []),
  ]
}

function attemptStep(attempt: AttemptFact, delivery: DeliveryFact): ExplainStep {
  const id = `${delivery.id}/${attempt.number}`
  const took = attempt.durationMs === null ? '' : ` after ${span(attempt.durationMs)}`
  const status = attempt.statusCode === null ? '' : ` ${attempt.statusCode}`
  const error = attempt.error ? `: ${words(attempt.error)}` : ''
  switch (attempt.outcome) {
    case null:
      return step('attempt', id, attempt.startedAt, 'wait', `Attempt ${attempt.number} is running.`)
    case 'delivered':
      return step(
        'attempt',
        id,
        attempt.startedAt,
        'ok',
        `Attempt ${attempt.number} delivered it${took}${status && ` (${status.trim()})`}.`,
      )
    case 'retry':
      return step('attempt', id, attempt.startedAt, 'warn', `Attempt ${attempt.number} failed${took}${status}${error}.`)
    case 'maybe-sent':
      return step('attempt', id, attempt.startedAt, 'warn', `Attempt ${attempt.number} was cut off${error}.`)
    default:
      return step('attempt', id, attempt.startedAt, 'stop', `Attempt ${attempt.number} was refused for good${took}${status}${error}.`)
  }
}

function letterStep(letter: LetterFact): ExplainStep {
  const result = letter.state === 'replayed' && letter.outcome === 'fixed' ? 'info' : 'stop'
  return step('dead-letter', letter.id, letter.createdAt, result, `Dead letter, ${letter.cause}${letterState(letter)}.`)
}

function replaySteps(letter: LetterFact): ExplainStep[] {
  if (letter.state !== 'replayed') return []
  const why = letter.closedReason ? `: ${words(letter.closedReason)}` : ''
  const outcome = letter.outcome === 'fixed' ? 'ok' : letter.outcome === 'failed-again' ? 'stop' : 'wait'
  return [step('replay', letter.replayId, letter.closedAt, outcome, `It was put back to work${why}.`)]
}
