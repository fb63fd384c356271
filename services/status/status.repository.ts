import type { Pool } from '#platform/postgres/index.ts'
import { readLastReconciliation, type ReconciliationReport } from '#services/ledger/index.ts'
import type { LedgerCounts } from '#shared/contracts/ledger.ts'
import type { StatusPicture, StatusProcess } from '#shared/contracts/status.ts'

/** A process that has said nothing for so long is a matter of the past. */
const forgottenAfter = '10 minutes'

const eventParts = ['completed', 'pending', 'scheduled', 'unmatched', 'dead', 'cancelled'] as const
const deliveryParts = ['delivered', 'pending', 'dead', 'suppressed', 'cancelled', 'held', 'maybeSent'] as const

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const counters = [
  'events_accepted',
  ...eventParts.map((part) => `events_${part}`),
  'deliveries_created',
  ...deliveryParts.map((part) => `deliveries_${snake(part)}`),
]

interface Row {
  processes: { name: string; roles: string[]; state: string; lastSeenMsAgo: number }[] | null
  counters: Record<string, number | null>
  key_prefix: string | null
  first_workflow: { key: string; eventType: string } | null
}

/** The whole instance in one statement, so in one snapshot: this is the one place that looks across workspaces. */
export function createStatusRepository(pool: Pool) {
  const statement = `
    WITH seen AS (
      SELECT DISTINCT ON (name, host) name, roles, state, last_seen_at FROM process
      WHERE ended_at IS NULL AND last_seen_at > now() - interval '${forgottenAfter}' ORDER BY name, host, last_seen_at DESC
    ), counted AS (
      SELECT ${counters.map((name) => `sum(${name})::bigint AS ${name}`).join(', ')}
      FROM (SELECT ${counters.join(', ')} FROM ledger_count UNION ALL SELECT ${counters.join(', ')} FROM ledger_delta) AS parts
    )
    SELECT
      (SELECT json_agg(json_build_object('name', name, 'roles', roles, 'state', state,
        'lastSeenMsAgo', greatest(0, round(extract(epoch FROM now() - last_seen_at) * 1000))) ORDER BY name) FROM seen) AS processes,
      (SELECT row_to_json(counted) FROM counted) AS counters,
      (SELECT prefix FROM api_key WHERE revoked_at IS NULL ORDER BY created_at, id LIMIT 1) AS key_prefix,
      (SELECT json_build_object('key', w.key, 'eventType', v.definition ->> 'eventType') FROM workflow w
        JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.published_version ORDER BY w.created_at, w.id LIMIT 1) AS first_workflow`
  return {
    async read(): Promise<StatusPicture> {
      const [{ rows }, last] = await Promise.all([pool.query<Row>(statement), readLastReconciliation(pool)])
      const row = rows[0]!
      return {
        processes: (row.processes ?? []).map((process) => ({ ...process, state: stateOf(process.state) })),
        ledger: ledgerOf(row.counters, last?.report.broken ?? []),
        keyPrefix: row.key_prefix,
        firstWorkflow: row.first_workflow?.eventType ? row.first_workflow : null,
      }
    },
  }
}

function stateOf(state: string): StatusProcess['state'] {
  return state === 'working' || state === 'stuck' || state === 'stopping' ? state : 'idle'
}

/** As GET /ledger says it: what the last reconciliation found with nobody working on it is not pending but unaccounted. */
function ledgerOf(counters: Row['counters'], broken: ReconciliationReport['broken']): LedgerCounts {
  const value = (name: string): number => Number(counters[name] ?? 0)
  const parts = <Part extends string>(unit: string, names: readonly Part[]): Record<Part, number> =>
    Object.fromEntries(names.map((name) => [name, value(`${unit}_${snake(name)}`)])) as Record<Part, number>
  const sum = (of: Record<string, number>): number => Object.values(of).reduce((total, part) => total + part, 0)
  const events = parts('events', eventParts)
  const deliveries = parts('deliveries', deliveryParts)
  const lost = (kind: string, pending: number): number =>
    Math.min(
      broken.filter((entry) => entry.kind === kind).reduce((total, entry) => total + entry.count, 0),
      pending,
    )
  events.pending -= lost('event without work', events.pending)
  deliveries.pending -= lost('open delivery without an outbox row', deliveries.pending)
  const accepted = value('events_accepted')
  const created = value('deliveries_created')
  return {
    events: { accepted, ...events, unaccounted: accepted - sum(events) },
    deliveries: { created, ...deliveries, unaccounted: created - sum(deliveries) },
  }
}
