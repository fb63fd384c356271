// The accept transaction: idempotency key + event + outbox row + ledger, for many requests at once.
import { joinTexts, retrySerialization, sqlArray, sqlTexts, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { dispatchLeaseSeconds } from '../outbox/index.ts'
import type { PreparedEvent } from './prepare-event.ts'

export interface EventRow extends PreparedEvent {
  /** Born leased: the accepting process puts it into the queue itself, right after the commit. */
  leased: boolean
}

const insertEvents = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], ${sqlTexts(3)}, $4::timestamptz[], ${sqlTexts(5)}, ${sqlTexts(6)}, ${sqlTexts(7)},
    ${sqlTexts(8)}, ${sqlTexts(9)}, $10::smallint[], $11::timestamptz[], $12::timestamptz[], $13::boolean[])
  AS t(id, workspace_id, type, accepted_at, recipients, data, source, subject, audience, priority, scheduled_at, expires_at, leased)
), inserted AS (
  INSERT INTO event (id, workspace_id, type, state, accepted_at, recipients, data, source, subject, audience, priority, scheduled_at, expires_at)
  SELECT id, workspace_id, type, CASE WHEN scheduled_at IS NULL THEN 'accepted' ELSE 'scheduled' END, accepted_at, recipients, data,
         source, subject, audience, priority, scheduled_at, expires_at FROM input
  ON CONFLICT DO NOTHING
  RETURNING id, workspace_id, accepted_at, scheduled_at
), work AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_until, dispatches)
  SELECT i.id, 'fan-out', i.workspace_id, 'fan-out', i.workspace_id, coalesce(i.scheduled_at, now()), input.leased,
         CASE WHEN input.leased THEN now() + interval '${dispatchLeaseSeconds} seconds' END, input.leased::int
  FROM inserted i JOIN input ON input.id = i.id
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, events_accepted, events_pending, events_scheduled)
  SELECT workspace_id, (accepted_at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE scheduled_at IS NULL), count(scheduled_at)
  FROM inserted GROUP BY 1, 2
), woken AS (
  SELECT pg_notify('outbox', '') FROM input WHERE NOT leased AND coalesce(scheduled_at <= now() + interval '60 seconds', true) LIMIT 1
)
SELECT (SELECT count(*) FROM inserted)::int AS inserted, (SELECT count(*) FROM woken) AS woken`

/** One prepared statement for all rows; rows whose id is already there (a commit of unknown outcome sent again) are left alone. */
export async function insertEventRows(client: Pool | PoolClient, rows: EventRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'accept-events',
    text: insertEvents,
    values: [
      sqlArray(rows.map((row) => row.id)),
      sqlArray(rows.map((row) => row.workspaceId)),
      joinTexts(rows.map((row) => row.type)),
      sqlArray(rows.map((row) => row.acceptedAt)),
      joinTexts(rows.map((row) => row.recipients)),
      joinTexts(rows.map((row) => row.data)),
      joinTexts(rows.map((row) => row.source)),
      joinTexts(rows.map((row) => row.subject)),
      joinTexts(rows.map((row) => row.audience)),
      sqlArray(rows.map((row) => row.priority)),
      sqlArray(rows.map((row) => row.scheduledAt)),
      sqlArray(rows.map((row) => row.expiresAt)),
      sqlArray(rows.map((row) => row.leased)),
    ],
  })
}

export interface KeyRow {
  workspaceId: string
  route: string
  key: string
  requestHash: Buffer
}

export type KeyVerdict =
  | { kind: 'fresh' }
  | { kind: 'in-flight' }
  | { kind: 'mismatch' }
  | { kind: 'replay'; status: number; response: string }

/**
 * Takes the keys for this transaction, in a fixed order, without ever waiting: a key that another process holds is in flight.
 * Keys of the last 24 hours answer with what is stored.
 */
export async function takeKeys(client: PoolClient, keys: KeyRow[]): Promise<KeyVerdict[]> {
  const order = keys.map((_, i) => i).sort((a, b) => compareKeys(keys[a]!, keys[b]!))
  const columns = [order.map((i) => keys[i]!.workspaceId), order.map((i) => keys[i]!.route), order.map((i) => keys[i]!.key)]
  const { rows: locks } = await client.query({
    name: 'idempotency-lock',
    text: `SELECT pg_try_advisory_xact_lock(hashtextextended(w::text || ' ' || r || ' ' || k, 0)) AS got
           FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS t(w, r, k, i) ORDER BY i`,
    values: columns,
  })
  // A statement of its own: its snapshot is younger than the locks, so that what another process committed before is seen.
  const { rows: known } = await client.query({
    name: 'idempotency-find',
    text: `SELECT t.i::int - 1 AS at, k.request_hash, k.status, k.response
           FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS t(w, r, k, i)
           JOIN idempotency_key k ON k.workspace_id = t.w AND k.route = t.r AND k.key = t.k AND k.created_at > now() - interval '24 hours'`,
    values: columns,
  })
  const verdicts: KeyVerdict[] = keys.map(() => ({ kind: 'fresh' }))
  for (let position = 0; position < order.length; position++) {
    if (!locks[position].got) verdicts[order[position]!] = { kind: 'in-flight' }
  }
  for (const row of known) {
    const at = order[row.at]!
    if (verdicts[at]!.kind === 'in-flight') continue
    verdicts[at] = (row.request_hash as Buffer).equals(keys[at]!.requestHash)
      ? { kind: 'replay', status: row.status, response: row.response }
      : { kind: 'mismatch' }
  }
  return verdicts
}

function compareKeys(a: KeyRow, b: KeyRow): number {
  const left = `${a.workspaceId} ${a.route} ${a.key}`
  const right = `${b.workspaceId} ${b.route} ${b.key}`
  return left < right ? -1 : left > right ? 1 : 0
}

/** Stores the answers, so that the same request again gets the same answer for 24 hours. */
export async function storeKeys(client: PoolClient, rows: (KeyRow & { status: number; response: string })[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = [...rows].sort(compareKeys)
  await client.query({
    name: 'idempotency-store',
    text: `INSERT INTO idempotency_key (workspace_id, route, key, request_hash, status, response)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[])
           ON CONFLICT (workspace_id, route, key) DO UPDATE SET request_hash = EXCLUDED.request_hash, status = EXCLUDED.status,
             response = EXCLUDED.response, created_at = now()`,
    values: [
      sorted.map((row) => row.workspaceId),
      sorted.map((row) => row.route),
      sorted.map((row) => row.key),
      sorted.map((row) => row.requestHash),
      sorted.map((row) => row.status),
      sorted.map((row) => row.response),
    ],
  })
}

/** Removes answers older than 24 hours, in small bites. */
export async function forgetOldKeys(pool: Pool): Promise<number> {
  const result = await pool.query(
    `DELETE FROM idempotency_key WHERE (workspace_id, route, key) IN (
       SELECT workspace_id, route, key FROM idempotency_key WHERE created_at < now() - interval '24 hours' LIMIT 5000)`,
  )
  return result.rowCount ?? 0
}

/** Runs a group that carries keys in one transaction, repeated after a deadlock. */
export function keyedTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return retrySerialization(() => transaction(pool, work))
}
