// What may be sent again by a person, and why not.
import type { ResendableDelivery } from './resend-delivery.repository.ts'

/** The sentence that refuses, or null when it may go out. */
export function refuseResend(
  delivery: Pick<ResendableDelivery, 'state' | 'endpointDeleted' | 'eventCancelled' | 'eventExpired'>,
): string | null {
  switch (delivery.state) {
    case 'pending':
    case 'sending':
    case 'retrying':
      return `It has not ended yet: it is ${delivery.state}.`
    case 'held':
      return 'It is held, not lost: enable its endpoint or release its provider, and it goes out.'
    case 'suppressed':
      return 'It was suppressed: a resend does not overrule what the recipient wants. Change the preference or the address, and send a new event.'
    case 'delivered':
    case 'dead':
    case 'cancelled':
    case 'maybe-sent':
      break
  }
  if (delivery.eventCancelled) return 'Its event was cancelled or had expired: nothing of it is sent any more.'
  if (delivery.eventExpired) return 'Its event has expired: nothing of it is sent any more.'
  if (delivery.endpointDeleted) return 'Its endpoint was deleted.'
  return null
}
