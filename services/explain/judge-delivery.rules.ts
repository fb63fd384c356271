// What became of one delivery: an answer, and a clause that can stand in a sentence.
import type { ExplainAnswer, ExplainStepResult } from '#shared/contracts/explain.ts'
import type { DeliveryFact, LetterFact, WaitingFact } from './explain-facts.ts'
import { messageName, moment, ordinal, span, words } from './phrase.rules.ts'

export interface DeliveryJudgement {
  answer: Extract<ExplainAnswer, 'yes' | 'no' | 'not-yet' | 'maybe'>
  result: ExplainStepResult
  /** 'the email to ada@example.com is tried again at ...': no capital, no full stop. */
  clause: string
}

export interface Context {
  now: Date
  acceptedAt: Date
}

export function judgeDelivery(delivery: DeliveryFact, context: Context): DeliveryJudgement {
  const name = messageName(delivery)
  const { now } = context
  switch (delivery.state) {
    case 'delivered':
      return { answer: 'yes', result: 'ok', clause: `${name} was delivered${deliveredHow(delivery, context)}` }
    case 'sending':
      return {
        answer: 'not-yet',
        result: 'wait',
        clause: `${name} is being sent now${delivery.attempts.length > 1 ? `, on the ${ordinal(delivery.attempts.length)} try` : ''}`,
      }
    case 'pending':
      return { answer: 'not-yet', result: 'wait', clause: `${name} has not gone out yet: ${whyPending(delivery, now)}` }
    case 'retrying':
      return { answer: 'not-yet', result: 'warn', clause: `${name} has not gone out yet: ${whyRetrying(delivery, now)}` }
    case 'held':
      return { answer: 'not-yet', result: 'warn', clause: `${name} is held: ${whyHeld(delivery, now)}` }
    case 'suppressed':
      return { answer: 'no', result: 'stop', clause: `${name} was not sent: ${whySuppressed(delivery)}` }
    case 'cancelled':
      return { answer: 'no', result: 'stop', clause: `${name} was not sent: ${whyCancelled(delivery, now)}` }
    case 'dead':
      return { answer: 'no', result: 'stop', clause: `${name} failed for good: ${whyDead(delivery)}` }
    case 'maybe-sent':
      return {
        answer: 'maybe',
        result: 'warn',
        clause: `${name} may have arrived: an attempt was cut off before its answer${tryCount(delivery)}, and it is not sent again by itself`,
      }
  }
}

function deliveredHow(delivery: DeliveryFact, { now, acceptedAt }: Context): string {
  const at = delivery.finishedAt
  const parts: string[] = []
  if (at) {
    parts.push(` at ${moment(at, now)}, ${span(at.getTime() - acceptedAt.getTime())} after the event`)
  }
  if (delivery.attempts.length > 1) parts.push(`, on the ${ordinal(delivery.attempts.length)} try`)
  if (delivery.generation > 0) parts.push(', sent once more by a person')
  if (delivery.channel === 'in-app') parts.push(seenHow(delivery, now))
  return parts.join('')
}

function seenHow(delivery: DeliveryFact, now: Date): string {
  if (delivery.readAt) return `, and read at ${moment(delivery.readAt, now)}`
  if (delivery.archivedAt) return `, and archived unread at ${moment(delivery.archivedAt, now)}`
  return ', and not read yet'
}

function whyPending(delivery: DeliveryFact, now: Date): string {
  const { waiting } = delivery
  if (delivery.reason === 'quiet hours' && delivery.nextAttemptAt)
    return `quiet hours of the recipient end at ${moment(delivery.nextAttemptAt, now)}`
  if (!waiting) return 'it waits for its turn'
  return whyWaiting(waiting, delivery.createdAt, now)
}

/** Why work that is due is not done. */
export function whyWaiting(waiting: WaitingFact, since: Date, now: Date): string {
  if (waiting.pause) return pausedBy(waiting)
  if (waiting.hold) return heldBy(waiting)
  if (waiting.lastError) return `it was started ${waiting.starts} times without an effect, last: ${words(waiting.lastError)}`
  if (waiting.dueAt && waiting.dueAt > now) return `it is due at ${moment(waiting.dueAt, now)}`
  const place = waiting.leased ? 'it is with a worker or on its way to one' : 'it waits for its turn'
  return `${place}, in queue ${waiting.queue} for ${span(now.getTime() - since.getTime())}`
}

function pausedBy({ queue, pause }: WaitingFact): string {
  const who = pause!.by ? ` by ${pause!.by}` : ''
  return `queue ${queue} was paused${who}${pause!.reason ? ` (${words(pause!.reason)})` : ''}`
}

/** 'provider email is held by operator 1 (the mail server times out)'. */
export function heldBy({ queue, hold }: WaitingFact): string {
  return `provider ${queue.replace('delivery-', '')} is held by ${hold!.by} (${words(hold!.reason)})`
}

function whyRetrying(delivery: DeliveryFact, now: Date): string {
  const error = delivery.reason ?? delivery.attempts.at(-1)?.error
  const why = error ? `${words(error)}${tryCount(delivery)}; ` : ''
  if (delivery.waiting?.pause) return `${why}${pausedBy(delivery.waiting)}`
  if (delivery.waiting?.hold) return `${why}${heldBy(delivery.waiting)}`
  const next = delivery.nextAttemptAt
  if (!next) return `${why}the next try is not planned yet`
  return next > now ? `${why}next try at ${moment(next, now)}` : `${why}the next try is due now`
}

function tryCount({ attempts }: DeliveryFact): string {
  return attempts.length > 1 ? ` (${attempts.length} tries)` : ''
}

function whyHeld({ endpoint, reason, waiting }: DeliveryFact, now: Date): string {
  const since = endpoint?.disabledAt ? ` at ${moment(endpoint.disabledAt, now)}` : ''
  switch (endpoint?.disabledReason) {
    case 'gone':
      return `its endpoint answered 410 Gone and was disabled${since}; it goes out when somebody enables it`
    case 'failing':
      return `its endpoint failed for days and was disabled${since}; it goes out when somebody enables it`
    case 'operator':
      return `its endpoint was disabled by a person${since}; it goes out when it is enabled`
    default:
      if (waiting?.hold) return `${heldBy(waiting)} since ${moment(waiting.hold.at, now)}; it goes out when somebody releases it`
      if (reason?.startsWith('provider held')) return 'its provider was released; it goes out when its turn comes'
      return `${reason ?? 'its endpoint is disabled'}; it goes out when the endpoint is enabled`
  }
}

function whySuppressed({ reason, recipientId }: DeliveryFact): string {
  if (reason === 'no email address') return `no email address of ${recipientId ?? 'the recipient'} was known`
  if (reason?.startsWith('opted out of')) return `${recipientId ?? 'the recipient'} ${reason}`
  return reason ? words(reason) : 'it was suppressed'
}

function whyCancelled({ reason, endpoint }: DeliveryFact, now: Date): string {
  if (reason === 'event cancelled') return 'the event was cancelled first'
  if (reason === 'expired') return 'the event expired first'
  if (reason === 'endpoint deleted') return `its endpoint was deleted${endpoint?.deletedAt ? ` at ${moment(endpoint.deletedAt, now)}` : ''}`
  return reason ? words(reason) : 'it was cancelled'
}

function whyDead(delivery: DeliveryFact): string {
  const error = words(delivery.reason ?? delivery.letter?.message ?? delivery.attempts.at(-1)?.error ?? 'the reason was not kept')
  return `${error}${tryCount(delivery)}${delivery.letter ? letterState(delivery.letter) : ''}`
}

/** What became of the letter, as the end of a clause. */
export function letterState(letter: LetterFact): string {
  switch (letter.state) {
    case 'open':
      return '; its dead letter is open and can be sent again'
    case 'discarded':
      return `; its dead letter was discarded${letter.closedReason ? ` (${words(letter.closedReason)})` : ''}`
    case 'replayed':
      return letter.outcome === 'fixed'
        ? '; a replay mended it'
        : letter.outcome === 'failed-again'
          ? '; a replay failed again'
          : '; a replay put it back to work'
  }
}
