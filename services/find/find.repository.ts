// One statement for all ids, one for all names: each part reads at most a handful of rows through an index, or a table that is small.
import { containsPattern, type Pool } from '#platform/postgres/index.ts'

export interface IdRow {
  kind: string
  id: string
  title: string
  note: string | null
  eventId: string | null
}

/** What a UUID is in this workspace: event, notification, delivery, ... Ids are unique across kinds, so this is one row at most. */
export async function findByUuid(pool: Pool, workspaceId: string, uuid: string): Promise<IdRow[]> {
  const { rows } = await pool.query<IdRow>(
    `SELECT 'event' AS kind, id, type AS title, subject AS note, NULL::uuid AS "eventId" FROM event WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'notification', id, coalesce(subject, workflow_key), recipient_id, event_id FROM notification WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'delivery', id, channel, state, event_id FROM delivery WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'deadLetter', id, coalesce(error_message, error_code), state, event_id FROM dead_letter WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'cause', id, title, NULL, NULL FROM cause WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'replay', id, reason, state, NULL FROM replay WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'endpoint', id, url, description, NULL FROM endpoint WHERE workspace_id = $1 AND id = $2
     UNION ALL SELECT 'mail', id, subject, NULL, NULL FROM caught_mail WHERE workspace_id = $1 AND id = $2`,
    [workspaceId, uuid],
  )
  return rows
}

export interface NameRow {
  kind: string
  id: string
  title: string
  note: string | null
}

/** The first rows at or after the text, in the order of the index: right where the collation is C, and never slow where it is not. */
const beginning = (table: string, column: string, columns: string): string =>
  `SELECT ${columns} FROM (SELECT * FROM ${table} WHERE workspace_id = $1 AND ${column} >= $2 ORDER BY ${column} LIMIT $4) AS near
   WHERE starts_with(${column}, $2)`

/**
 * Names that begin with the text (recipients, topics, workflows), or have it in them (URLs of endpoints, causes). `masked`: nobody is found
 * by an address, nor a cause by what is masked in it.
 */
export async function findByName(
  pool: Pool,
  workspaceId: string,
  text: string,
  kinds: readonly string[],
  each: number,
  masked: { people: boolean; causes: boolean },
): Promise<NameRow[]> {
  const parts: Record<string, string[]> = {
    recipient: [
      beginning('recipient', 'id', `'recipient' AS kind, id, id AS title, email AS note`),
      ...(masked.people ? [] : [beginning('recipient', 'email', `'recipient' AS kind, id, id AS title, email AS note`)]),
    ],
    topic: [beginning('topic', 'key', `'topic' AS kind, key AS id, key AS title, name AS note`)],
    workflow: [
      `SELECT 'workflow' AS kind, key AS id, key AS title, draft ->> 'name' AS note FROM workflow
       WHERE workspace_id = $1 AND (key ILIKE $3 OR draft ->> 'name' ILIKE $3) ORDER BY key LIMIT $4`,
    ],
    endpoint: [
      `SELECT 'endpoint' AS kind, id::text AS id, url AS title, description AS note FROM endpoint
       WHERE workspace_id = $1 AND (url ILIKE $3 OR description ILIKE $3) ORDER BY id DESC LIMIT $4`,
    ],
    cause: [
      `SELECT 'cause' AS kind, id::text AS id, title, NULL::text AS note FROM cause
       WHERE workspace_id = $1 AND ${masked.causes ? 'search.visible_of(title)' : 'title'} ILIKE $3 ORDER BY last_seen_at DESC LIMIT $4`,
    ],
  }
  const wanted = kinds.flatMap((kind) => parts[kind] ?? [])
  if (wanted.length === 0) return []
  // Every parameter is named, so that a statement without some of the parts still has types for all.
  const { rows } = await pool.query<NameRow>(
    `${wanted.map((part) => `(${part})`).join(' UNION ALL ')}
     UNION ALL (SELECT '', '', '', '' WHERE $1::uuid IS NULL AND $2::text = $3::text AND $4::int IS NULL)`,
    [workspaceId, text, containsPattern(text), each],
  )
  return rows
}
