import type { Pool } from '#platform/postgres/index.ts'

/** The workspace with its configuration's revision. */
export async function readWorkspace(
  pool: Pool,
  workspaceId: string,
): Promise<{ revision: number; workspace: { id: string; key: string; name: string } }> {
  const { rows } = await pool.query({
    name: 'routing-workspace',
    text: 'SELECT id, key, name, config_revision AS revision FROM workspace WHERE id = $1',
    values: [workspaceId],
  })
  const row = rows[0]
  if (!row) throw new Error(`There is no workspace ${workspaceId}`)
  return { revision: row.revision, workspace: { id: row.id, key: row.key, name: row.name } }
}
