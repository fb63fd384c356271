// Figures from the database as metric families, cached: scraping more often costs nothing more.
import type { MetricFamily } from '#platform/telemetry/metric-text.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { queueNames } from '#shared/jobs/queues.ts'
import { readIndexFigures, readOpenLetters, readQueueFigures, readReconciliation } from './figures.repository.ts'

const cacheMs = 5_000

export interface InstanceFigures {
  /** Never throws: while Postgres is away only `signalbox_postgres_up 0` is left, rather than old numbers. */
  read(): Promise<MetricFamily[]>
}

export function createInstanceFigures(deps: { pool: Pool; now?: () => number }): InstanceFigures {
  const now = deps.now ?? (() => performance.now())
  let kept: { at: number; families: Promise<MetricFamily[]> } | undefined
  return {
    read() {
      if (!kept || now() - kept.at > cacheMs) kept = { at: now(), families: collect(deps.pool).catch(() => [up(0)]) }
      return kept.families
    },
  }
}

function up(value: number): MetricFamily {
  return gauge('signalbox_postgres_up', 'Whether Postgres answered', [{ labels: {}, value }])
}

function gauge(name: string, help: string, values: MetricFamily['values']): MetricFamily {
  return { name, help, type: 'gauge', values }
}

async function collect(pool: Pool): Promise<MetricFamily[]> {
  const queues = await readQueueFigures(pool, queueNames)
  const letters = await readOpenLetters(pool)
  const index = await readIndexFigures(pool)
  const reconciliation = await readReconciliation(pool)
  const perQueue = (pick: (row: (typeof queues)[number]) => number): MetricFamily['values'] =>
    queues.map((row) => ({ labels: { queue: row.queue }, value: pick(row) }))
  return [
    up(1),
    gauge(
      'signalbox_queue_oldest_age_seconds',
      'How long the oldest due work has waited to be started',
      perQueue((row) => row.oldestAgeSeconds),
    ),
    gauge(
      'signalbox_queue_waiting',
      'Work waiting in Postgres, counted to 100,000',
      perQueue((row) => row.waiting),
    ),
    gauge(
      'signalbox_queue_leased',
      'Work handed to Redis or to a worker',
      perQueue((row) => row.leased),
    ),
    gauge(
      'signalbox_queue_lanes',
      'Workspaces or endpoints with waiting work',
      perQueue((row) => row.lanes),
    ),
    gauge(
      'signalbox_dead_letters_open',
      'Dead letters that nobody has replayed or discarded',
      letters.map((row) => ({ labels: { kind: row.kind }, value: row.open })),
    ),
    gauge('signalbox_search_lag_seconds', 'How long the oldest change has waited to be indexed', [{ labels: {}, value: index.ageSeconds }]),
    gauge('signalbox_search_waiting_documents', 'Changes that wait to be indexed', [{ labels: {}, value: index.documents }]),
    ...(reconciliation
      ? [
          gauge('signalbox_ledger_differences', 'What the reconciler found last between rows and counters; must be 0', [
            { labels: {}, value: reconciliation.differences },
          ]),
          gauge('signalbox_ledger_reconciled_age_seconds', 'How long ago the reconciler finished', [
            { labels: {}, value: reconciliation.ageSeconds },
          ]),
        ]
      : []),
  ]
}
