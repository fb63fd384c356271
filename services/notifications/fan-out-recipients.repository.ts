// The recipients of a fan-out in SQL: read with their preferences for a whole chunk, page by page of a topic, or made from what an event says.
import { joinTexts, sqlArray, sqlTexts, type Pool } from '#platform/postgres/index.ts'
import { recipientIndexCte } from '../outbox/index.ts'

export interface RecipientRow {
  workspaceId: string
  id: string
  email: string | null
  phone: string | null
  locale: string | null
  timeZone: string | null
  attributes: Record<string, unknown>
  updatedAt: Date
  preferences: unknown
}

const recipientColumns = `r.email, r.phone, r.locale, r.time_zone AS "timeZone", r.attributes, r.updated_at AS "updatedAt", p.document AS preferences`

/** Recipients and their preferences, for all events of a chunk in one query. */
export async function readRecipients(hot: Pool, keys: { workspaceId: string; id: string }[]): Promise<RecipientRow[]> {
  const { rows } = await hot.query({
    name: 'fan-out-recipients',
    text: `SELECT r.workspace_id AS "workspaceId", r.id, ${recipientColumns}
      FROM unnest($1::uuid[], ${sqlTexts(2)}) AS k(workspace_id, id)
      CROSS JOIN LATERAL (SELECT * FROM recipient r WHERE r.workspace_id = k.workspace_id AND r.id = k.id OFFSET 0) r
      LEFT JOIN LATERAL (SELECT document FROM preference p WHERE p.workspace_id = k.workspace_id AND p.recipient_id = k.id OFFSET 0) p ON true`,
    values: [sqlArray(keys.map((key) => key.workspaceId)), joinTexts(keys.map((key) => key.id))],
  })
  return rows
}

/** One page of a topic's members after `after`, without those in `exclude` topics (they had their turn). */
export async function readTopicPage(
  pool: Pool,
  workspaceId: string,
  page: { topic: string; after: string; exclude: string[]; limit: number },
): Promise<RecipientRow[]> {
  const { rows } = await pool.query({
    name: 'fan-out-topic-page',
    text: `SELECT r.workspace_id AS "workspaceId", r.id, ${recipientColumns}
      FROM topic_member m
      CROSS JOIN LATERAL (SELECT * FROM recipient r WHERE r.workspace_id = $1 AND r.id = m.recipient_id OFFSET 0) r
      LEFT JOIN LATERAL (SELECT document FROM preference p WHERE p.workspace_id = $1 AND p.recipient_id = m.recipient_id OFFSET 0) p ON true
      WHERE m.workspace_id = $1 AND m.topic_key = $2 AND m.recipient_id > $3
        AND NOT EXISTS (SELECT FROM topic_member o WHERE o.workspace_id = $1 AND o.topic_key = ANY($4::text[]) AND o.recipient_id = m.recipient_id)
      ORDER BY m.recipient_id LIMIT $5`,
    values: [workspaceId, page.topic, page.after, page.exclude, page.limit],
  })
  return rows
}

export interface RecipientUpsert {
  workspaceId: string
  id: string
  email: string | null
  phone: string | null
  locale: string | null
  timeZone: string | null
  attributes: string | null
  /** The event's acceptance: an older event never overwrites a newer profile. */
  at: string
}

/** Makes or updates the recipients that came inside events; sorted, so that two processes cannot deadlock. */
export async function upsertRecipients(pool: Pool, upserts: RecipientUpsert[]): Promise<void> {
  const newest = new Map<string, RecipientUpsert>()
  for (const upsert of upserts) {
    const key = `${upsert.workspaceId} ${upsert.id}`
    const known = newest.get(key)
    newest.set(key, known ? mergeUpserts(known, upsert) : upsert)
  }
  const sorted = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, upsert]) => upsert)
  await pool.query({
    name: 'fan-out-recipient-upsert',
    text: `WITH written AS (INSERT INTO recipient (workspace_id, id, email, phone, locale, time_zone, attributes, created_at, updated_at)
      SELECT w, id, email, phone, locale, zone, coalesce(attributes, '{}')::jsonb, at, at
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]) AS t(w, id, email, phone, locale, zone, attributes, at)
      ON CONFLICT (workspace_id, id) DO UPDATE SET
        email = coalesce(EXCLUDED.email, recipient.email), phone = coalesce(EXCLUDED.phone, recipient.phone),
        locale = coalesce(EXCLUDED.locale, recipient.locale), time_zone = coalesce(EXCLUDED.time_zone, recipient.time_zone),
        attributes = CASE WHEN EXCLUDED.attributes = '{}' THEN recipient.attributes ELSE EXCLUDED.attributes END, updated_at = EXCLUDED.updated_at
      WHERE recipient.updated_at <= EXCLUDED.updated_at
      RETURNING workspace_id, id
    ), ${recipientIndexCte('searchable', 'written')} SELECT FROM written`,
    values: [
      sorted.map((row) => row.workspaceId),
      sorted.map((row) => row.id),
      sorted.map((row) => row.email),
      sorted.map((row) => row.phone),
      sorted.map((row) => row.locale),
      sorted.map((row) => row.timeZone),
      sorted.map((row) => row.attributes),
      sorted.map((row) => row.at),
    ],
  })
}

function mergeUpserts(a: RecipientUpsert, b: RecipientUpsert): RecipientUpsert {
  const [older, newer] = a.at <= b.at ? [a, b] : [b, a]
  return {
    ...newer,
    email: newer.email ?? older.email,
    phone: newer.phone ?? older.phone,
    locale: newer.locale ?? older.locale,
    timeZone: newer.timeZone ?? older.timeZone,
    attributes: newer.attributes ?? older.attributes,
  }
}
