// The words that events and deliveries can be in. Without Zod: pages load it.
export const eventStates = ['scheduled', 'accepted', 'processing', 'completed', 'unmatched', 'dead', 'cancelled'] as const
export type EventState = (typeof eventStates)[number]

export const attemptOutcomes = ['delivered', 'retry', 'give-up', 'maybe-sent'] as const

export const deliveryStates = [
  'pending',
  'sending',
  'retrying',
  'delivered',
  'dead',
  'suppressed',
  'cancelled',
  'held',
  'maybe-sent',
] as const
export type DeliveryState = (typeof deliveryStates)[number]

export const channels = ['email', 'webhook', 'in-app'] as const
export type Channel = (typeof channels)[number]
