import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export async function selectMaskedNames(pool: Pool, workspaceId: string): Promise<string[]> {
  const { rows } = await pool.query<{ names: string[] }>('SELECT masked_names AS names FROM workspace WHERE id = $1', [workspaceId])
  return rows[0]?.names ?? []
}

/** What they were; locked until the transaction ends. */
export async function lockMaskedNames(client: PoolClient, workspaceId: string): Promise<string[]> {
  const { rows } = await client.query<{ names: string[] }>('SELECT masked_names AS names FROM workspace WHERE id = $1 FOR NO KEY UPDATE', [
    workspaceId,
  ])
  return rows[0]?.names ?? []
}

/** Nothing that the path caches: the revision stays. */
export async function updateMaskedNames(client: PoolClient, workspaceId: string, names: string[]): Promise<void> {
  await client.query('UPDATE workspace SET masked_names = $2 WHERE id = $1', [workspaceId, names])
}
