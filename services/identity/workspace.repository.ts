// workspace rows, as those who own the instance see them.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export interface WorkspaceRow {
  id: string
  key: string
  name: string
  created_at: Date
  operators: number
}

const columns = `id, key, name, created_at, (SELECT count(*)::int FROM membership m WHERE m.workspace_id = workspace.id) AS operators`

/** Oldest first. `after` = the id of the last one of the page before. */
export async function listWorkspaces(pool: Pool, after: string | null, count: number): Promise<WorkspaceRow[]> {
  const { rows } = await pool.query<WorkspaceRow>(
    `SELECT ${columns} FROM workspace WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`,
    [after, count],
  )
  return rows
}

/** By key, or by UUID when it is one. Locked until the transaction ends. */
export async function lockWorkspace(client: PoolClient, named: { key: string; uuid: string | null }): Promise<WorkspaceRow | undefined> {
  const { rows } = await client.query<WorkspaceRow>(`SELECT ${columns} FROM workspace WHERE key = $1 OR id = $2::uuid FOR UPDATE`, [
    named.key,
    named.uuid,
  ])
  return rows[0]
}

/** undefined when the key is taken. */
export async function insertWorkspace(client: PoolClient, id: string, key: string, name: string): Promise<WorkspaceRow | undefined> {
  const { rows } = await client.query<WorkspaceRow>(
    `INSERT INTO workspace (id, key, name) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING RETURNING ${columns}`,
    [id, key, name],
  )
  return rows[0]
}

/** Templates may show the name: caches of the workspace's configuration see the change. */
export async function renameWorkspace(client: PoolClient, id: string, name: string): Promise<void> {
  await client.query('UPDATE workspace SET name = $2, config_revision = config_revision + 1 WHERE id = $1', [id, name])
}
