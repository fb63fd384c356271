// Idempotency-Key: scope is workspace + route; compared by a hash of the raw body and media type; 2xx answers kept 24 hours.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export interface KeyRow {
  workspaceId: string
  route: string
  key: string
  requestHash: Buffer
}

export type KeyVerdict =
  { kind: 'fresh' } | { kind: 'in-flight' } | { kind: 'mismatch' } | { kind: 'replay'; status: number; response: string }

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
