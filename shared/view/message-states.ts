// How states of events, deliveries, attempts and endpoints are shown: a lamp and a word. No lamp colour for what is only on its way.
import type { DeliveryState, EventState } from '../contracts/event-states.ts'
import { formatAge } from './figures.ts'
import type { Lamp } from './status-view.ts'

export const deliveryLamps: Record<DeliveryState, Lamp> = {
  pending: 'none',
  sending: 'none',
  retrying: 'warn',
  delivered: 'ok',
  dead: 'fail',
  suppressed: 'none',
  cancelled: 'none',
  held: 'paused',
  'maybe-sent': 'warn',
}

export const eventLamps: Record<EventState, Lamp> = {
  scheduled: 'none',
  accepted: 'none',
  processing: 'none',
  completed: 'ok',
  unmatched: 'warn',
  dead: 'fail',
  cancelled: 'none',
}

/** What has not ended yet may change under the eyes of whoever looks at it. */
export function isOpenEvent(state: EventState): boolean {
  return state === 'scheduled' || state === 'accepted' || state === 'processing'
}

export function isOpenDelivery(state: DeliveryState): boolean {
  return state === 'pending' || state === 'sending' || state === 'retrying' || state === 'held'
}

/** Why a delivery cannot be sent once more, or null: what the API would refuse, said before it is asked. */
export function whyNoResend(state: DeliveryState): string | null {
  if (state === 'held') return 'It is held, not lost: enable its endpoint or release its provider, and it goes out.'
  if (isOpenDelivery(state)) return `It has not ended yet: it is ${state}.`
  if (state === 'suppressed') return 'It was suppressed: a resend does not overrule what the recipient wants.'
  return null
}

/** '412 ms', '6 m 12 s'; '' while it is not over. */
export function tookBetween(from: string, to: string | null): string {
  if (to === null) return ''
  return spanText(new Date(to).getTime() - new Date(from).getTime())
}

/** A span as lists say it. */
export function spanText(ms: number): string {
  return ms < 1_000 ? `${Math.max(0, Math.round(ms))} ms` : formatAge(ms)
}
