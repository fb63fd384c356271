import type { Pool } from '#platform/postgres/index.ts'
import type { Ledger } from '#shared/contracts/ledger.ts'
import { counters, readCounts, readCountsOf, readLastReconciliation, type Counts, type ReconciliationReport } from './ledger.repository.ts'

/**
 * The ledger of a workspace. `unaccounted` = what is in no state by the counters, plus the rows that the last
 * reconciliation found with nobody working on them (they are taken out of pending).
 * @param days ISO dates (UTC), inclusive; by acceptance.
 */
export async function readLedger(
  pool: Pool,
  workspaceId: string,
  days: { from?: string | undefined; to?: string | undefined } = {},
): Promise<Ledger> {
  const [counts, last] = await Promise.all([
    readCounts(pool, workspaceId, { from: days.from ?? null, to: days.to ?? null }),
    readLastReconciliation(pool),
  ])
  return ledgerOf(workspaceId, counts, last?.report ?? null, days.from === undefined && days.to === undefined)
}

/** The ledgers of several workspaces over all days, in their order; for the live picture. */
export async function readLedgers(pool: Pool, workspaceIds: readonly string[]): Promise<Ledger[]> {
  const [rows, last] = await Promise.all([readCountsOf(pool, workspaceIds), readLastReconciliation(pool)])
  const byWorkspace = new Map(rows.map((row) => [row.workspaceId, row]))
  const nothing = { ...(Object.fromEntries(counters.map((name) => [name, 0])) as Counts), asOf: rows[0]?.asOf ?? new Date() }
  return workspaceIds.map((id) => ledgerOf(id, byWorkspace.get(id) ?? nothing, last?.report ?? null, true))
}

function ledgerOf(workspaceId: string, counts: Counts & { asOf: Date }, report: ReconciliationReport | null, all: boolean): Ledger {
  const lost = (kind: string): number =>
    (report?.broken ?? [])
      .filter((entry) => entry.workspaceId === workspaceId && entry.kind === kind)
      .reduce((sum, entry) => sum + entry.count, 0)
  const lostEvents = all ? Math.min(lost('event without work'), counts.events_pending + counts.events_scheduled) : 0
  const lostDeliveries = all ? Math.min(lost('open delivery without an outbox row'), counts.deliveries_pending) : 0
  const events = {
    accepted: counts.events_accepted,
    completed: counts.events_completed,
    pending: counts.events_pending - lostEvents,
    scheduled: counts.events_scheduled,
    unmatched: counts.events_unmatched,
    dead: counts.events_dead,
    cancelled: counts.events_cancelled,
  }
  const deliveries = {
    created: counts.deliveries_created,
    delivered: counts.deliveries_delivered,
    pending: counts.deliveries_pending - lostDeliveries,
    dead: counts.deliveries_dead,
    suppressed: counts.deliveries_suppressed,
    cancelled: counts.deliveries_cancelled,
    held: counts.deliveries_held,
    maybeSent: counts.deliveries_maybe_sent,
  }
  const rest = (total: number, parts: number[]): number => total - parts.reduce((sum, part) => sum + part, 0)
  return {
    asOf: counts.asOf.toISOString(),
    events: {
      ...events,
      unaccounted: rest(events.accepted, [
        events.completed,
        events.pending,
        events.scheduled,
        events.unmatched,
        events.dead,
        events.cancelled,
      ]),
    },
    deliveries: {
      ...deliveries,
      unaccounted: rest(deliveries.created, [
        deliveries.delivered,
        deliveries.pending,
        deliveries.dead,
        deliveries.suppressed,
        deliveries.cancelled,
        deliveries.held,
        deliveries.maybeSent,
      ]),
    },
  }
}
