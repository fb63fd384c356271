// topic and topic_member rows, by workspace.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'

export interface TopicRow {
  key: string
  name: string
  createdAt: Date
}

export interface MemberRow {
  recipientId: string
  createdAt: Date
}

const columns = 'key, name, created_at AS "createdAt"'

export async function putTopic(
  client: Pool | PoolClient,
  workspaceId: string,
  key: string,
  name: string,
): Promise<TopicRow & { created: boolean }> {
  const { rows } = await client.query<TopicRow & { created: boolean }>(
    `INSERT INTO topic (workspace_id, key, name) VALUES ($1, $2, $3)
     ON CONFLICT (workspace_id, key) DO UPDATE SET name = EXCLUDED.name RETURNING ${columns}, xmax = 0 AS created`,
    [workspaceId, key, name],
  )
  return rows[0]!
}

export async function findTopic(pool: Pool, workspaceId: string, key: string): Promise<TopicRow | undefined> {
  const { rows } = await pool.query<TopicRow>(`SELECT ${columns} FROM topic WHERE workspace_id = $1 AND key = $2`, [workspaceId, key])
  return rows[0]
}

/** Keeps the topic from being deleted until the transaction ends; false when there is none. */
export async function holdTopic(client: PoolClient, workspaceId: string, key: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM topic WHERE workspace_id = $1 AND key = $2 FOR KEY SHARE', [workspaceId, key])
  return rowCount === 1
}

/** By key. `after` = the key of the last one of the page before. */
export async function listTopics(pool: Pool, workspaceId: string, after: string | null, count: number): Promise<TopicRow[]> {
  const { rows } = await pool.query<TopicRow>(
    `SELECT ${columns} FROM topic WHERE workspace_id = $1 AND ($2::text IS NULL OR key > $2) ORDER BY key LIMIT $3`,
    [workspaceId, after, count],
  )
  return rows
}

/** With its memberships. How many those were, or undefined when there was no topic. */
export async function deleteTopic(
  client: PoolClient,
  workspaceId: string,
  key: string,
): Promise<{ name: string; members: number } | undefined> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM topic WHERE workspace_id = $1 AND key = $2 FOR UPDATE', [
    workspaceId,
    key,
  ])
  if (!rows[0]) return undefined
  const { rowCount } = await client.query('DELETE FROM topic_member WHERE workspace_id = $1 AND topic_key = $2', [workspaceId, key])
  await client.query('DELETE FROM topic WHERE workspace_id = $1 AND key = $2', [workspaceId, key])
  return { name: rows[0].name, members: rowCount ?? 0 }
}

export async function addMember(client: PoolClient, workspaceId: string, key: string, recipientId: string): Promise<void> {
  await client.query('INSERT INTO topic_member (workspace_id, topic_key, recipient_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    workspaceId,
    key,
    recipientId,
  ])
}

/** False when it was none. */
export async function removeMember(client: PoolClient, workspaceId: string, key: string, recipientId: string): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM topic_member WHERE workspace_id = $1 AND topic_key = $2 AND recipient_id = $3', [
    workspaceId,
    key,
    recipientId,
  ])
  return rowCount === 1
}

/** By recipient id. `after` = the id of the last one of the page before. */
export async function listMembers(pool: Pool, workspaceId: string, key: string, after: string | null, count: number): Promise<MemberRow[]> {
  const { rows } = await pool.query<MemberRow>(
    `SELECT recipient_id AS "recipientId", created_at AS "createdAt" FROM topic_member
     WHERE workspace_id = $1 AND topic_key = $2 AND ($3::text IS NULL OR recipient_id > $3) ORDER BY recipient_id LIMIT $4`,
    [workspaceId, key, after, count],
  )
  return rows
}

/** Topics of one recipient, by key. `after` = the key of the last one of the page before. */
export async function listTopicsOf(
  pool: Pool,
  workspaceId: string,
  recipientId: string,
  after: string | null,
  count: number,
): Promise<{ key: string; name: string; joinedAt: Date }[]> {
  const { rows } = await pool.query<{ key: string; name: string; joinedAt: Date }>(
    `SELECT t.key, t.name, m.created_at AS "joinedAt" FROM topic_member m JOIN topic t ON t.workspace_id = m.workspace_id AND t.key = m.topic_key
     WHERE m.workspace_id = $1 AND m.recipient_id = $2 AND ($3::text IS NULL OR m.topic_key > $3) ORDER BY m.topic_key LIMIT $4`,
    [workspaceId, recipientId, after, count],
  )
  return rows
}
