// api_key rows. Everything but the look-up by hash is scoped by workspace.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { Scope } from '#shared/contracts/scope.ts'

export interface ApiKeyRow {
  id: string
  workspace_id: string
  name: string
  prefix: string
  scopes: Scope[]
  rate_per_second: number | null
  rate_burst: number | null
  expires_at: Date | null
  revoked_at: Date | null
  last_used_at: Date | null
  created_at: Date
  instance: boolean
  /** By Postgres' clock. */
  expired: boolean
}

export interface ApiKeyValues {
  name: string
  scopes: readonly Scope[]
  ratePerSecond: number | null
  rateBurst: number | null
  expiresAt: string | null
  instance: boolean
}

const columns = `id, workspace_id, name, prefix, scopes, rate_per_second, rate_burst, expires_at, revoked_at, last_used_at, created_at, instance,
  coalesce(expires_at <= now(), false) AS expired`

export function createApiKeyRepository(pool: Pool) {
  return {
    /** The one look-up without a workspace: the hash says which one it is. Milliseconds until it expires, by Postgres' clock. */
    async findByHash(hash: Buffer): Promise<(ApiKeyRow & { expires_in_ms: number | null }) | undefined> {
      const { rows } = await pool.query<ApiKeyRow & { expires_in_ms: number | null }>({
        name: 'api-key-by-hash',
        text: `SELECT ${columns}, (extract(epoch FROM expires_at - now()) * 1000)::float8 AS expires_in_ms
               FROM api_key WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
        values: [hash],
      })
      return rows[0]
    },

    async insert(
      workspaceId: string,
      client: PoolClient,
      key: ApiKeyValues & { id: string; prefix: string; hash: Buffer },
    ): Promise<ApiKeyRow> {
      const { rows } = await client.query<ApiKeyRow>(
        `INSERT INTO api_key (workspace_id, id, name, prefix, hash, scopes, rate_per_second, rate_burst, expires_at, instance)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${columns}`,
        [workspaceId, key.id, key.name, key.prefix, key.hash, key.scopes, key.ratePerSecond, key.rateBurst, key.expiresAt, key.instance],
      )
      return rows[0]!
    },

    async find(workspaceId: string, id: string): Promise<ApiKeyRow | undefined> {
      const { rows } = await pool.query<ApiKeyRow>(`SELECT ${columns} FROM api_key WHERE workspace_id = $1 AND id = $2`, [workspaceId, id])
      return rows[0]
    },

    async lock(workspaceId: string, client: PoolClient, id: string): Promise<ApiKeyRow | undefined> {
      const { rows } = await client.query<ApiKeyRow>(`SELECT ${columns} FROM api_key WHERE workspace_id = $1 AND id = $2 FOR UPDATE`, [
        workspaceId,
        id,
      ])
      return rows[0]
    },

    /** Newest first. `before` = the id of the last key of the page before. */
    async list(workspaceId: string, before: string | null, count: number): Promise<ApiKeyRow[]> {
      const { rows } = await pool.query<ApiKeyRow>(
        `SELECT ${columns} FROM api_key WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [workspaceId, before, count],
      )
      return rows
    },

    async update(workspaceId: string, client: PoolClient, id: string, key: ApiKeyValues): Promise<ApiKeyRow | undefined> {
      const { rows } = await client.query<ApiKeyRow>(
        `UPDATE api_key SET name = $3, scopes = $4, rate_per_second = $5, rate_burst = $6, expires_at = $7, instance = $8
         WHERE workspace_id = $1 AND id = $2 RETURNING ${columns}`,
        [workspaceId, id, key.name, key.scopes, key.ratePerSecond, key.rateBurst, key.expiresAt, key.instance],
      )
      return rows[0]
    },

    async revoke(workspaceId: string, client: PoolClient, id: string): Promise<boolean> {
      const { rowCount } = await client.query(
        'UPDATE api_key SET revoked_at = now() WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL',
        [workspaceId, id],
      )
      return rowCount === 1
    },

    /** Keys by id, of several workspaces at once; written at most once a minute per key, whatever the number of processes. */
    async touch(ids: readonly string[]): Promise<void> {
      await pool.query(
        `UPDATE api_key SET last_used_at = now() WHERE id IN (
           SELECT id FROM api_key WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at < now() - interval '55 seconds')
           ORDER BY id FOR UPDATE SKIP LOCKED)`,
        [ids],
      )
    },
  }
}

export type ApiKeyRepository = ReturnType<typeof createApiKeyRepository>
