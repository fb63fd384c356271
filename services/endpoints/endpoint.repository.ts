// endpoint and endpoint_secret rows, by workspace. Whoever changes one bumps the workspace's revision in the same transaction.
import { where, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { EndpointCreate, EndpointDisabledReason } from '#shared/contracts/endpoint.ts'

export interface EndpointRow extends EndpointCreate {
  id: string
  state: 'enabled' | 'disabled'
  disabledReason: EndpointDisabledReason | null
  disabledAt: Date | null
  failingSince: Date | null
  createdAt: Date
  updatedAt: Date
}

const columns = `id, url, event_types AS "eventTypes", description, audience, retry_schedule AS "retrySchedule", headers, state,
  disabled_reason AS "disabledReason", disabled_at AS "disabledAt", failing_since AS "failingSince", created_at AS "createdAt", updated_at AS "updatedAt"`

const valuesOf = (values: EndpointCreate) => [
  values.url,
  values.eventTypes,
  values.description,
  values.audience,
  values.retrySchedule,
  JSON.stringify(values.headers),
]

export async function insertEndpoint(client: PoolClient, workspaceId: string, id: string, values: EndpointCreate): Promise<EndpointRow> {
  const { rows } = await client.query<EndpointRow>(
    `INSERT INTO endpoint (workspace_id, id, url, event_types, description, audience, retry_schedule, headers)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${columns}`,
    [workspaceId, id, ...valuesOf(values)],
  )
  return rows[0]!
}

/** Another URL is another receiver: its failing days count anew. */
export async function updateEndpoint(client: PoolClient, workspaceId: string, id: string, values: EndpointCreate): Promise<EndpointRow> {
  const { rows } = await client.query<EndpointRow>(
    `UPDATE endpoint SET url = $3, event_types = $4, description = $5, audience = $6, retry_schedule = $7, headers = $8, updated_at = now(),
       failing_since = CASE WHEN url = $3 THEN failing_since END
     WHERE workspace_id = $1 AND id = $2 RETURNING ${columns}`,
    [workspaceId, id, ...valuesOf(values)],
  )
  return rows[0]!
}

export async function findEndpoint(client: Pool | PoolClient, workspaceId: string, id: string): Promise<EndpointRow | undefined> {
  const { rows } = await client.query<EndpointRow>(
    `SELECT ${columns} FROM endpoint WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL`,
    [workspaceId, id],
  )
  return rows[0]
}

export async function lockEndpoint(client: PoolClient, workspaceId: string, id: string): Promise<EndpointRow | undefined> {
  const { rows } = await client.query<EndpointRow>(
    `SELECT ${columns} FROM endpoint WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE`,
    [workspaceId, id],
  )
  return rows[0]
}

/** Newest first. `before` = the id of the last one of the page before. */
export async function listEndpoints(
  pool: Pool,
  workspaceId: string,
  filter: { state?: string | undefined; audience?: string | undefined },
  before: string | undefined,
  count: number,
): Promise<EndpointRow[]> {
  const conditions = where(3).and('id < ?', before).and('state = ?', filter.state).and('audience = ?', filter.audience)
  const { rows } = await pool.query<EndpointRow>(
    `SELECT ${columns} FROM endpoint WHERE workspace_id = $1 AND deleted_at IS NULL ${conditions.sql && `AND ${conditions.sql}`} ORDER BY id DESC LIMIT $2`,
    [workspaceId, count, ...conditions.values],
  )
  return rows
}

/** The row stays for what names it; what could open the receiver's door does not. */
export async function softDeleteEndpoint(client: PoolClient, workspaceId: string, id: string): Promise<void> {
  await client.query("UPDATE endpoint SET deleted_at = now(), updated_at = now(), headers = '{}' WHERE workspace_id = $1 AND id = $2", [
    workspaceId,
    id,
  ])
  await client.query('DELETE FROM endpoint_secret WHERE endpoint_id = $1', [id])
}

export async function insertSecret(client: PoolClient, endpointId: string, id: string, sealed: Buffer): Promise<void> {
  await client.query('INSERT INTO endpoint_secret (id, endpoint_id, sealed) VALUES ($1, $2, $3)', [id, endpointId, sealed])
}

/** The current secret lives `keepSeconds` more; the ones before it, which a rotation had left alive, end now. */
export async function expireSecrets(client: PoolClient, endpointId: string, keepSeconds: number): Promise<void> {
  await client.query('DELETE FROM endpoint_secret WHERE endpoint_id = $1 AND (expires_at IS NOT NULL OR $2::int = 0)', [
    endpointId,
    keepSeconds,
  ])
  await client.query("UPDATE endpoint_secret SET expires_at = now() + $2::int * interval '1 second' WHERE endpoint_id = $1", [
    endpointId,
    keepSeconds,
  ])
}

/** The relay looks for work at once: held rows to release, rows of a deleted endpoint to cancel. */
export async function wakeRelay(client: PoolClient): Promise<void> {
  await client.query("SELECT pg_notify('outbox', '')")
}
