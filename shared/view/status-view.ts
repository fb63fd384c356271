// The ledger as two sums, and the shapes of a lamp.
import type { LedgerCounts } from '../contracts/ledger.ts'

/** A lamp's shape says its state; `none` is a hollow ring: nothing is known. */
export type Lamp = 'ok' | 'warn' | 'fail' | 'paused' | 'none'

/** A process that was not seen for so long is taken for dead (protocol). A picture older than that proves nothing any more. */
export const deadAfterMs = 8_000

export interface EquationTerm {
  label: string
  count: number
  /** The page that lists them. */
  to?: string
}

export interface Equation {
  unit: string
  total: EquationTerm
  parts: EquationTerm[]
  unaccounted: number
}

/** Both equations, term by term: the total on the left, its parts on the right. */
export function ledgerEquations({ events, deliveries }: LedgerCounts): Equation[] {
  const term = (label: string, count: number, to?: string): EquationTerm => ({ label, count, ...(to ? { to } : {}) })
  return [
    {
      unit: 'Events',
      total: term('accepted', events.accepted, '/events'),
      parts: [
        term('completed', events.completed, '/events?state=completed'),
        term('pending', events.pending, '/events?state=processing'),
        term('scheduled', events.scheduled, '/events?state=scheduled'),
        term('unmatched', events.unmatched, '/events?state=unmatched'),
        term('cancelled', events.cancelled, '/events?state=cancelled'),
        term('dead', events.dead, '/events?state=dead'),
      ],
      unaccounted: events.unaccounted,
    },
    {
      unit: 'Deliveries',
      total: term('created', deliveries.created, '/notifications'),
      parts: [
        term('delivered', deliveries.delivered, '/notifications?state=delivered'),
        term('pending', deliveries.pending, '/queues'),
        term('held', deliveries.held, '/notifications?state=held'),
        term('suppressed', deliveries.suppressed, '/notifications?state=suppressed'),
        term('cancelled', deliveries.cancelled, '/notifications?state=cancelled'),
        term('dead', deliveries.dead, '/dead-letters'),
        term('maybe sent', deliveries.maybeSent, '/notifications?state=maybe-sent'),
      ],
      unaccounted: deliveries.unaccounted,
    },
  ]
}
