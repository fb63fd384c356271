// recipient and preference rows, by workspace.
import { where, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Preference } from '#shared/contracts/preference.ts'
import type { RecipientBatchItem, RecipientView } from '#shared/contracts/recipient.ts'
import { indexCte, recipientIndexCte } from '../outbox/index.ts'

export interface RecipientRow extends Omit<RecipientView, 'createdAt' | 'updatedAt'> {
  createdAt: Date
  updatedAt: Date
}

export interface RecipientFilter {
  address?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

// A row that somebody only named is of 1970 (see nameRecipient); its age for people is that of the row.
const columns = `id, email, phone, locale, time_zone AS "timeZone", attributes, created_at AS "createdAt", greatest(created_at, updated_at) AS "updatedAt"`

/**
 * Writes whole profiles in one statement. Ids must differ. Sorted, so that two processes cannot deadlock (the fan-out sorts
 * alike). Answers each row with whether it is new.
 */
export async function putRecipients(
  client: Pool | PoolClient,
  workspaceId: string,
  items: RecipientBatchItem[],
): Promise<(RecipientRow & { created: boolean })[]> {
  const sorted = [...items].sort((a, b) => (a.id < b.id ? -1 : 1))
  const { rows } = await client.query<RecipientRow & { created: boolean }>(
    `WITH written AS (INSERT INTO recipient (workspace_id, id, email, phone, locale, time_zone, attributes)
       SELECT $1, id, email, phone, locale, zone, attributes::jsonb
       FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS t(id, email, phone, locale, zone, attributes)
       ON CONFLICT (workspace_id, id) DO UPDATE SET email = EXCLUDED.email, phone = EXCLUDED.phone, locale = EXCLUDED.locale,
         time_zone = EXCLUDED.time_zone, attributes = EXCLUDED.attributes, updated_at = now()
       RETURNING workspace_id, ${columns}, xmax = 0 AS created
       ), ${recipientIndexCte('searchable', 'written')}
       SELECT id, email, phone, locale, "timeZone", attributes, "createdAt", "updatedAt", created FROM written`,
    [
      workspaceId,
      sorted.map((item) => item.id),
      sorted.map((item) => item.email ?? null),
      sorted.map((item) => item.phone ?? null),
      sorted.map((item) => item.locale ?? null),
      sorted.map((item) => item.timeZone ?? null),
      sorted.map((item) => JSON.stringify(item.attributes ?? {})),
    ],
  )
  return rows
}

/**
 * Makes the row of a recipient that is only named, by preferences or a topic. Its profile dates from 1970, so that an event
 * accepted before this may still bring one.
 */
export async function nameRecipient(client: PoolClient, workspaceId: string, id: string): Promise<void> {
  await client.query(
    `WITH written AS (INSERT INTO recipient (workspace_id, id, updated_at) VALUES ($1, $2, 'epoch') ON CONFLICT DO NOTHING RETURNING workspace_id, id),
       ${recipientIndexCte('searchable', 'written')} SELECT FROM written`,
    [workspaceId, id],
  )
}

export async function findRecipient(pool: Pool, workspaceId: string, id: string): Promise<RecipientRow | undefined> {
  const { rows } = await pool.query<RecipientRow>(`SELECT ${columns} FROM recipient WHERE workspace_id = $1 AND id = $2`, [workspaceId, id])
  return rows[0]
}

/** By id. `after` = the id of the last one of the page before. */
export async function listRecipients(
  pool: Pool,
  workspaceId: string,
  filter: RecipientFilter,
  after: string | undefined,
  count: number,
): Promise<RecipientRow[]> {
  const conditions = where(3)
    .and('id > ?', after)
    .and('email = ?', filter.address)
    .and('created_at >= ?', filter.from)
    .and('created_at < ?', filter.to)
  const { rows } = await pool.query<RecipientRow>(
    `SELECT ${columns} FROM recipient WHERE workspace_id = $1 ${conditions.sql && `AND ${conditions.sql}`} ORDER BY id LIMIT $2`,
    [workspaceId, count, ...conditions.values],
  )
  return rows
}

/** Removes profile, preferences, memberships and inbox; false when nobody had this id. */
export async function deleteRecipient(client: PoolClient, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH gone AS (DELETE FROM recipient WHERE workspace_id = $1 AND id = $2 RETURNING workspace_id, id), ${recipientIndexCte('searchable', 'gone')}
     SELECT FROM gone`,
    [workspaceId, id],
  )
  if (rowCount !== 1) return false
  await client.query('DELETE FROM preference WHERE workspace_id = $1 AND recipient_id = $2', [workspaceId, id])
  await client.query('DELETE FROM topic_member WHERE workspace_id = $1 AND recipient_id = $2', [workspaceId, id])
  // The sequence first: a fan-out that holds it commits before the items are looked for, so that none keeps a number that comes again.
  await client.query('DELETE FROM inbox_sequence WHERE workspace_id = $1 AND recipient_id = $2', [workspaceId, id])
  await client.query(
    `WITH gone AS (DELETE FROM notification WHERE workspace_id = $1 AND recipient_id = $2 AND sequence IS NOT NULL RETURNING workspace_id, id),
       ${indexCte('searchable', 'notification', 'gone')} SELECT FROM gone`,
    [workspaceId, id],
  )
  return true
}

export async function putPreference(client: PoolClient, workspaceId: string, recipientId: string, document: Preference): Promise<void> {
  await client.query(
    `INSERT INTO preference (workspace_id, recipient_id, document) VALUES ($1, $2, $3)
     ON CONFLICT (workspace_id, recipient_id) DO UPDATE SET document = EXCLUDED.document, updated_at = now()`,
    [workspaceId, recipientId, JSON.stringify(document)],
  )
}

/** undefined = there is no such recipient; null = one without preferences. */
export async function findPreference(pool: Pool, workspaceId: string, recipientId: string): Promise<Preference | null | undefined> {
  const { rows } = await pool.query<{ document: Preference | null }>(
    `SELECT p.document FROM recipient r LEFT JOIN preference p ON p.workspace_id = r.workspace_id AND p.recipient_id = r.id
     WHERE r.workspace_id = $1 AND r.id = $2`,
    [workspaceId, recipientId],
  )
  return rows[0]?.document
}
