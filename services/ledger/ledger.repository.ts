// The ledger in SQL: counters that are maintained by appended deltas, and the same numbers counted again from the rows.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export const counters = [
  'events_accepted',
  'events_pending',
  'events_scheduled',
  'events_completed',
  'events_unmatched',
  'events_dead',
  'events_cancelled',
  'deliveries_created',
  'deliveries_pending',
  'deliveries_delivered',
  'deliveries_dead',
  'deliveries_suppressed',
  'deliveries_cancelled',
  'deliveries_held',
  'deliveries_maybe_sent',
] as const
export type Counter = (typeof counters)[number]
export type Counts = Record<Counter, number>

const sums = counters.map((name) => `coalesce(sum(${name}), 0)::bigint AS ${name}`).join(', ')
const list = counters.join(', ')

/** Rolled-up counts and what has not been rolled up yet, in one statement and so in one snapshot. */
export async function readCounts(
  pool: Pool | PoolClient,
  workspaceId: string,
  days: { from: string | null; to: string | null },
): Promise<Counts & { asOf: Date }> {
  const { rows } = await pool.query({
    name: 'ledger-read',
    text: `SELECT now() AS "asOf", ${sums} FROM (
        SELECT ${list} FROM ledger_count WHERE workspace_id = $1 AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day <= $3)
        UNION ALL
        SELECT ${list} FROM ledger_delta WHERE workspace_id = $1 AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day <= $3)
      ) all_counts`,
    values: [workspaceId, days.from, days.to],
  })
  return rows[0]
}

/** The same of several workspaces, all days; one that has none is missing. */
export async function readCountsOf(pool: Pool, workspaceIds: readonly string[]): Promise<(Counts & { workspaceId: string; asOf: Date })[]> {
  const { rows } = await pool.query({
    name: 'ledger-read-several',
    text: `SELECT workspace_id AS "workspaceId", now() AS "asOf", ${sums} FROM (
        SELECT workspace_id, ${list} FROM ledger_count WHERE workspace_id = ANY ($1::uuid[])
        UNION ALL
        SELECT workspace_id, ${list} FROM ledger_delta WHERE workspace_id = ANY ($1::uuid[])
      ) all_counts GROUP BY workspace_id`,
    values: [workspaceIds],
  })
  return rows
}

/** What only grows, of every workspace that has any: for rates. */
export async function readTotals(
  pool: Pool,
): Promise<{ workspaceId: string; accepted: number; created: number; delivered: number; dead: number }[]> {
  const { rows } = await pool.query({
    name: 'ledger-totals',
    text: `SELECT workspace_id AS "workspaceId", sum(events_accepted)::float8 AS accepted, sum(deliveries_created)::float8 AS created,
        sum(deliveries_delivered)::float8 AS delivered, sum(deliveries_dead)::float8 AS dead FROM (
        SELECT workspace_id, events_accepted, deliveries_created, deliveries_delivered, deliveries_dead FROM ledger_count
        UNION ALL
        SELECT workspace_id, events_accepted, deliveries_created, deliveries_delivered, deliveries_dead FROM ledger_delta
      ) all_counts GROUP BY workspace_id`,
  })
  return rows
}

/** Adds deltas up. One relay at a time; nobody on the path waits for it. */
export async function rollUpLedger(pool: Pool, limit = 20_000): Promise<number> {
  const { rows } = await pool.query({
    name: 'ledger-roll-up',
    text: `WITH taken AS (
        DELETE FROM ledger_delta WHERE id IN (SELECT id FROM ledger_delta ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING *
      ), added AS (
        INSERT INTO ledger_count (workspace_id, day, ${list})
        SELECT workspace_id, day, ${counters.map((name) => `sum(${name})`).join(', ')} FROM taken GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (workspace_id, day) DO UPDATE SET ${counters.map((name) => `${name} = ledger_count.${name} + EXCLUDED.${name}`).join(', ')}
      ) SELECT count(*)::int AS taken FROM taken`,
    values: [limit],
  })
  return rows[0].taken
}

/** The same numbers, counted from the rows. Meant for a repeatable-read transaction, together with readCounts. */
export async function countRows(client: PoolClient): Promise<(Counts & { workspaceId: string })[]> {
  const eventState = (state: string): string => `count(*) FILTER (WHERE state = '${state}')`
  const { rows } = await client.query(`
    WITH e AS (
      SELECT workspace_id, count(*) AS events_accepted, count(*) FILTER (WHERE state IN ('accepted', 'processing')) AS events_pending,
        ${eventState('scheduled')} AS events_scheduled, ${eventState('completed')} AS events_completed, ${eventState('unmatched')} AS events_unmatched,
        ${eventState('dead')} AS events_dead, ${eventState('cancelled')} AS events_cancelled
      FROM event GROUP BY workspace_id
    ), d AS (
      SELECT workspace_id, count(*) AS deliveries_created, count(*) FILTER (WHERE state IN ('pending', 'sending', 'retrying')) AS deliveries_pending,
        ${eventState('delivered')} AS deliveries_delivered, ${eventState('dead')} AS deliveries_dead, ${eventState('suppressed')} AS deliveries_suppressed,
        ${eventState('cancelled')} AS deliveries_cancelled, ${eventState('held')} AS deliveries_held, ${eventState('maybe-sent')} AS deliveries_maybe_sent
      FROM delivery GROUP BY workspace_id
    )
    SELECT w.id AS "workspaceId", ${counters.map((name) => `coalesce(${name}, 0)::bigint AS ${name}`).join(', ')}
    FROM workspace w LEFT JOIN e ON e.workspace_id = w.id LEFT JOIN d ON d.workspace_id = w.id`)
  return rows
}

export interface Orphans {
  workspaceId: string
  invariant: 1 | 2 | 3 | 4 | 5
  kind: string
  count: number
  sample: string[]
}

/** The protocol's invariants as queries. Each answers rows only where it is broken. `graceSeconds` leaves out what is being written. */
export const invariantQueries: { invariant: Orphans['invariant']; kind: string; sql: string }[] = [
  {
    invariant: 1,
    kind: 'event without work',
    sql: `SELECT e.workspace_id, e.id FROM event e
          WHERE e.state IN ('scheduled', 'accepted', 'processing')
            AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = e.id AND o.kind = 'fan-out')
            AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.state IN ('pending', 'sending', 'retrying', 'held'))`,
  },
  {
    invariant: 2,
    kind: 'open delivery without an outbox row',
    sql: `SELECT d.workspace_id, d.id FROM delivery d
          WHERE d.state IN ('pending', 'sending', 'retrying', 'held') AND NOT EXISTS (SELECT FROM outbox o WHERE o.id = d.id AND o.kind = 'deliver')`,
  },
  {
    invariant: 2,
    kind: 'ended delivery with an outbox row',
    sql: `SELECT o.workspace_id, o.id FROM outbox o JOIN delivery d ON d.workspace_id = o.workspace_id AND d.id = o.id
          WHERE o.kind = 'deliver' AND d.state NOT IN ('pending', 'sending', 'retrying', 'held')`,
  },
  {
    invariant: 2,
    kind: 'outbox row without its subject',
    sql: `SELECT o.workspace_id, o.id FROM outbox o
          WHERE (o.kind = 'fan-out' AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = o.workspace_id AND e.id = o.id))
             OR (o.kind = 'deliver' AND NOT EXISTS (SELECT FROM delivery d WHERE d.workspace_id = o.workspace_id AND d.id = o.id))`,
  },
  {
    invariant: 4,
    kind: 'delivered without an attempt that said so',
    sql: `SELECT d.workspace_id, d.id FROM delivery d WHERE d.state = 'delivered'
            AND NOT EXISTS (SELECT FROM attempt a WHERE a.delivery_id = d.id AND a.outcome = 'delivered')`,
  },
  {
    invariant: 5,
    kind: 'mail sent again after an ambiguous attempt',
    sql: `SELECT a.workspace_id, a.delivery_id AS id FROM attempt a JOIN delivery d ON d.workspace_id = a.workspace_id AND d.id = a.delivery_id
          WHERE d.channel = 'email' AND d.letter_id IS NULL AND a.outcome = 'maybe-sent'
            AND EXISTS (SELECT FROM attempt b WHERE b.delivery_id = a.delivery_id AND b.number > a.number)`,
  },
]

/** Runs one invariant; answers per workspace how many rows break it. */
export async function findBroken(client: PoolClient, query: (typeof invariantQueries)[number]): Promise<Orphans[]> {
  const { rows } = await client.query(
    `SELECT workspace_id AS "workspaceId", count(*)::int AS count, (array_agg(id))[1:5] AS sample FROM (${query.sql}) broken GROUP BY workspace_id`,
  )
  return rows.map((row) => ({ ...row, invariant: query.invariant, kind: query.kind }))
}

export async function storeReconciliation(pool: Pool, durationMs: number, differences: number, report: unknown): Promise<void> {
  await pool.query('INSERT INTO reconciliation (duration_ms, differences, report) VALUES ($1, $2, $3)', [
    durationMs,
    differences,
    JSON.stringify(report),
  ])
  await pool.query("DELETE FROM reconciliation WHERE at < now() - interval '7 days'")
}

export async function readLastReconciliation(pool: Pool): Promise<{ at: Date; report: ReconciliationReport } | null> {
  const { rows } = await pool.query({ name: 'reconciliation-last', text: 'SELECT at, report FROM reconciliation ORDER BY id DESC LIMIT 1' })
  return rows[0] ?? null
}

export interface ReconciliationReport {
  /** Counter by counter, where rows and counters disagree. */
  differences: { workspaceId: string; counter: Counter; counted: number; rows: number }[]
  broken: Orphans[]
}
