import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import { bodyOfLetter } from '#shared/letter-body.ts'

export interface EditableLetter {
  id: string
  state: string
  eventId: string
  deliveryId: string | null
  channel: string | null
  /** What would be sent. */
  body: Record<string, unknown> | null
}

const columns = `l.id, l.state, l.event_id AS "eventId", l.delivery_id AS "deliveryId", l.channel, l.snapshot`

function editable({ snapshot, ...row }: Omit<EditableLetter, 'body'> & { snapshot: string }): EditableLetter {
  return { ...row, body: bodyOfLetter(row.channel, JSON.parse(snapshot)) }
}

/** Letters with what can be edited of them, locked, by id. */
export async function lockLettersForEdit(client: PoolClient, workspaceId: string, ids: string[]): Promise<EditableLetter[]> {
  const { rows } = await client.query(
    `SELECT ${columns} FROM dead_letter l WHERE l.workspace_id = $1 AND l.id = ANY($2::uuid[]) ORDER BY l.id FOR UPDATE`,
    [workspaceId, ids],
  )
  return rows.map(editable)
}

/** Open letters of a cause that no replay has claimed, newest first: as many as fit into `bytes`, at least one. */
export async function readLettersOfCause(
  pool: Pool,
  workspaceId: string,
  causeId: string,
  page: { before: string | null; limit: number; bytes: number },
): Promise<EditableLetter[]> {
  const { rows } = await pool.query(
    `SELECT ${columns} FROM (
       SELECT o.*, row_number() OVER newest AS place, sum(octet_length(o.snapshot)) OVER newest AS bytes FROM (
         SELECT * FROM dead_letter WHERE workspace_id = $1 AND cause_id = $2 AND state = 'open' AND replay_id IS NULL AND ($3::uuid IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4) o WINDOW newest AS (ORDER BY o.id DESC)) l
     WHERE l.place = 1 OR l.bytes <= $5 ORDER BY l.id DESC`,
    [workspaceId, causeId, page.before, page.limit, page.bytes],
  )
  return rows.map(editable)
}

export async function countLettersOfCause(pool: Pool, workspaceId: string, causeId: string): Promise<{ known: boolean; open: number }> {
  const { rows } = await pool.query<{ known: boolean; open: number }>(
    `SELECT EXISTS (SELECT FROM cause WHERE workspace_id = $1 AND id = $2) AS known,
       (SELECT count(*)::int FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = $2 AND l.state = 'open' AND l.replay_id IS NULL) AS open`,
    [workspaceId, causeId],
  )
  return rows[0]!
}
