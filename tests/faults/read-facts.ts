// The database's side of the check, in plain queries of its own: the product's readers are not trusted here, except for the
// ledger and the reconciler, which are what is checked.
import type { Pool } from '#platform/postgres/index.ts'
import { readLedger, reconcile } from '#services/ledger/index.ts'
import type { Facts } from './checker.rules.ts'
import { readClientLedger } from './client-ledger.ts'
import { readArrivals } from './sink-process.ts'

/** Everything that the checker compares. */
export async function readFacts(options: { pool: Pool; clientLedgerPath: string; sinkLogPath: string }): Promise<Facts> {
  const { pool } = options
  const workspaceId = await workspaceOf(pool)
  const events = await pool.query(
    "SELECT id, (data::json ->> 'number')::int AS number, state FROM event WHERE workspace_id = $1 AND type LIKE 'fault.%'",
    [workspaceId],
  )
  const deliveries = await pool.query(
    `SELECT d.id, d.event_id AS "eventId", d.channel, d.state, d.recipient_id AS "recipientId", split_part(d.source, '/', 2) AS step
     FROM delivery d WHERE d.workspace_id = $1`,
    [workspaceId],
  )
  const inApp = await pool.query(
    `SELECT id, event_id AS "eventId", recipient_id AS "recipientId", step_id AS step, sequence FROM notification
     WHERE workspace_id = $1 AND channel = 'in-app'`,
    [workspaceId],
  )
  const mails = await pool.query('SELECT delivery_id AS "deliveryId" FROM caught_mail')
  const report = await reconcile(pool)
  return {
    acknowledged: readClientLedger(options.clientLedgerPath).acknowledged,
    events: events.rows,
    deliveries: deliveries.rows,
    inApp: inApp.rows,
    mails: mails.rows,
    arrivals: readArrivals(options.sinkLogPath),
    ledger: await readLedger(pool, workspaceId),
    reconciliation: [
      ...report.differences.map((difference) => `${difference.counter}: counted ${difference.counted}, rows ${difference.rows}`),
      ...report.broken.map((broken) => `${broken.kind}: ${broken.count}`),
    ],
  }
}

/** The first workspace: the one that `npm start` makes. */
export async function workspaceOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query('SELECT id FROM workspace ORDER BY created_at LIMIT 1')
  return rows[0].id as string
}

export interface OpenWork {
  accepted: number
  events: number
  /** Events accepted after `at` that have ended. */
  endedLater: number
  rows: number
}

/** Events accepted up to `at`, those of them that have not ended, and outbox rows of any age. */
export async function readOpenWork(pool: Pool, at: Date): Promise<OpenWork> {
  const { rows } = await pool.query(
    `SELECT (SELECT count(*)::int FROM event WHERE accepted_at <= $1) AS accepted,
            (SELECT count(*)::int FROM event WHERE state IN ('accepted', 'processing') AND accepted_at <= $1) AS events,
            (SELECT count(*)::int FROM event WHERE state NOT IN ('accepted', 'processing') AND accepted_at > $1) AS "endedLater",
            (SELECT count(*)::int FROM outbox WHERE kind IN ('fan-out', 'deliver', 'replay')) AS rows`,
    [at],
  )
  return rows[0]
}

/** What events accepted up to `at` wait for: a line per kind of row, for the person who asks why it takes so long. */
export async function describeOpenWork(pool: Pool, at: Date): Promise<string> {
  const { rows } = await pool.query(
    `SELECT o.kind, coalesce(d.channel, '-') AS channel, coalesce(d.state, e.state) AS state,
       CASE WHEN o.id IS NULL THEN 'no row' WHEN o.suspect THEN 'suspect' WHEN NOT o.leased THEN 'free' WHEN o.lease_owner IS NULL THEN 'dispatched' ELSE 'started by ' || coalesce(p.name || CASE WHEN p.ended_at IS NULL THEN '' ELSE ' (ended)' END, 'nobody known') END AS lease,
       count(*)::int AS rows, max(o.starts) AS starts, max(o.dispatches) AS dispatches, max(extract(epoch FROM o.due_at - now()))::numeric(9, 1) AS due
     FROM event e LEFT JOIN delivery d ON d.event_id = e.id AND d.state IN ('pending', 'sending', 'retrying', 'held')
     LEFT JOIN outbox o ON o.id = coalesce(d.id, e.id) LEFT JOIN process p ON p.id = o.lease_owner
     WHERE e.state IN ('accepted', 'processing') AND e.accepted_at <= $1 GROUP BY 1, 2, 3, 4`,
    [at],
  )
  return rows
    .map(
      (row) =>
        `${row.rows} ${row.kind} ${row.channel} ${row.state}, ${row.lease}, starts ${row.starts}, dispatches ${row.dispatches}, due in ${row.due} s`,
    )
    .join('; ')
}
