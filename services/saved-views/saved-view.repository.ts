import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { SavedView, SavedViewInput } from '#shared/contracts/saved-view.ts'
import { publicId } from '#shared/ids.ts'

interface ViewRow {
  id: string
  page: SavedView['page']
  name: string
  query: Record<string, string>
  createdBy: string
  createdAt: Date
}

const columns = 'id, page, name, query, created_by AS "createdBy", created_at AS "createdAt"'
const viewOf = (row: ViewRow): SavedView => ({ ...row, id: publicId('savedView', row.id), createdAt: row.createdAt.toISOString() })

export async function listViews(pool: Pool, workspaceId: string, page: string | undefined): Promise<SavedView[]> {
  const { rows } = await pool.query<ViewRow>(
    `SELECT ${columns} FROM saved_view WHERE workspace_id = $1 AND ($2::text IS NULL OR page = $2) ORDER BY lower(name), id`,
    [workspaceId, page ?? null],
  )
  return rows.map(viewOf)
}

export async function upsertView(
  client: PoolClient,
  workspaceId: string,
  view: SavedViewInput & { id: string; createdBy: string },
): Promise<SavedView> {
  const { rows } = await client.query<ViewRow>(
    `INSERT INTO saved_view (id, workspace_id, page, name, query, created_by) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (workspace_id, page, name) DO UPDATE SET query = EXCLUDED.query, created_by = EXCLUDED.created_by, created_at = now() RETURNING ${columns}`,
    [view.id, workspaceId, view.page, view.name, JSON.stringify(view.query), view.createdBy],
  )
  return viewOf(rows[0]!)
}

export async function countViews(client: PoolClient, workspaceId: string): Promise<number> {
  return (await client.query('SELECT count(*)::int AS n FROM saved_view WHERE workspace_id = $1', [workspaceId])).rows[0].n
}

/** Answers the name of what was deleted, or null. */
export async function deleteView(client: PoolClient, workspaceId: string, id: string): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>('DELETE FROM saved_view WHERE workspace_id = $1 AND id = $2 RETURNING name', [
    workspaceId,
    id,
  ])
  return rows[0]?.name ?? null
}
