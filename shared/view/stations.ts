// The six stations of an event on its way, for the first run: which ones it has passed.
import type { EventView } from '../contracts/event.ts'

export const stationIds = ['accepted', 'outbox', 'fan-out', 'queue', 'attempt', 'delivered'] as const
export type StationId = (typeof stationIds)[number]

/** How many stations the event has passed, 0 to 6. `null` = it is not there yet. */
export function stationsPassed(event: Pick<EventView, 'state' | 'deliveries'> | null): number {
  if (!event) return 0
  const { deliveries, state } = event
  if (deliveries.some((delivery) => delivery.state === 'delivered')) return 6
  if (deliveries.some((delivery) => delivery.attempts.length > 0)) return 5
  if (deliveries.length > 0) return 4
  if (state === 'completed' || state === 'unmatched') return 3
  return state === 'processing' ? 2 : 1
}

/** Nothing more will come: the line may give way to the live view. */
export function isOver(event: Pick<EventView, 'state'>): boolean {
  return ['completed', 'unmatched', 'dead', 'cancelled'].includes(event.state)
}
