import type { Channel } from '#shared/contracts/event.ts'
import type { Pool } from '#platform/postgres/index.ts'

/** The workspace with its configuration's revision, and why providers are held, by channel. */
export async function readWorkspace(
  pool: Pool,
  workspaceId: string,
): Promise<{ revision: number; workspace: { id: string; key: string; name: string }; holds: Partial<Record<Channel, string>> }> {
  const { rows } = await pool.query({
    name: 'routing-workspace',
    text: `SELECT id, key, name, config_revision AS revision,
             (SELECT coalesce(json_object_agg(provider, reason), '{}') FROM provider_hold) AS holds FROM workspace WHERE id = $1`,
    values: [workspaceId],
  })
  const row = rows[0]
  if (!row) throw new Error(`There is no workspace ${workspaceId}`)
  return { revision: row.revision, workspace: { id: row.id, key: row.key, name: row.name }, holds: row.holds }
}
