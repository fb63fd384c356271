// From what one try came to, to what the delivery becomes.
import type { SendOutcome } from '../channels/index.ts'
import { retryDelaySeconds } from '../channels/index.ts'
import type { DeliveryState } from '#shared/contracts/event.ts'

export interface Verdict {
  state: Extract<DeliveryState, 'delivered' | 'retrying' | 'dead' | 'maybe-sent' | 'held'>
  retryInMs: number | null
  reason: string | null
}

/** `tries` counts attempts since the delivery was last put to work, this one included. */
export function judgeOutcome(
  outcome: SendOutcome,
  options: { schedule: readonly number[]; tries: number; random?: () => number },
): Verdict {
  if (outcome.outcome === 'delivered') return { state: 'delivered', retryInMs: null, reason: null }
  if (outcome.outcome === 'maybe-sent') return { state: 'maybe-sent', retryInMs: null, reason: outcome.error }
  if (outcome.outcome === 'give-up') {
    return outcome.gone
      ? { state: 'held', retryInMs: null, reason: 'endpoint disabled: it answered 410 Gone' }
      : { state: 'dead', retryInMs: null, reason: outcome.error }
  }
  const delay = retryDelaySeconds({
    schedule: options.schedule,
    tries: options.tries,
    ...(outcome.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: outcome.retryAfterSeconds }),
    ...(options.random ? { random: options.random } : {}),
  })
  if (delay === null) return { state: 'dead', retryInMs: null, reason: outcome.error }
  return { state: 'retrying', retryInMs: delay * 1_000, reason: outcome.error }
}
