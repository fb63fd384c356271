import type { FileHandout } from '#services/attachments/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { InboxItem } from '#shared/contracts/inbox.ts'
import { publicId } from '#shared/ids.ts'

/** How long the link to a file of an item works. */
const linkSeconds = 900

/** Counting stops here: a badge says "999+", and nothing counts a big table live. */
const countLimit = 1_000

const columns = 'id, sequence, content, created_at, read_at, archived_at'
const mine = 'workspace_id = $1 AND recipient_id = $2 AND sequence IS NOT NULL'

interface Row {
  id: string
  sequence: number
  content: string
  created_at: Date
  read_at: Date | null
  archived_at: Date | null
}

export type InboxChange = 'read' | 'unread' | 'archive'

export interface InboxListFilter {
  limit: number
  before?: number | undefined
  unread?: boolean | undefined
  /** Undefined = both. */
  archived?: boolean | undefined
}

const changes: Record<InboxChange, { set: string; unless: string }> = {
  read: { set: 'read_at = now()', unless: 'read_at IS NOT NULL' },
  unread: { set: 'read_at = NULL', unless: 'read_at IS NULL' },
  archive: { set: 'archived_at = now()', unless: 'archived_at IS NOT NULL' },
}

/** In-app rows of one recipient. Every method is bound to a workspace and a recipient: there is no way to ask for more. */
export function createInboxRepository(pool: Pool, files: Pick<FileHandout, 'links'>) {
  /** Items that have files get their links, in one query for all of them. */
  async function itemsOf(workspaceId: string, rows: Row[]): Promise<InboxItem[]> {
    const items = rows.map(itemOf)
    const wanted = [...new Set(items.flatMap((item) => item.attachments))]
    if (wanted.length === 0) return items.map((item) => ({ ...item, attachments: [] }))
    const links = new Map((await files.links(workspaceId, wanted, linkSeconds)).map((link) => [link.id, link]))
    return items.map((item) => ({ ...item, attachments: item.attachments.flatMap((id) => links.get(id) ?? []) }))
  }

  return {
    /** Newest first. */
    async list(workspaceId: string, recipientId: string, filter: InboxListFilter): Promise<InboxItem[]> {
      const { rows } = await pool.query<Row>(
        `SELECT ${columns} FROM notification
         WHERE ${mine} AND sequence < $3
           AND ($4::boolean IS NULL OR (read_at IS NULL) = $4) AND ($5::boolean IS NULL OR (archived_at IS NOT NULL) = $5)
         ORDER BY sequence DESC LIMIT $6`,
        [workspaceId, recipientId, filter.before ?? Number.MAX_SAFE_INTEGER, filter.unread ?? null, filter.archived ?? null, filter.limit],
      )
      return itemsOf(workspaceId, rows)
    },

    /** Oldest first, for streams. Sequences are handed out under a lock held to the commit, so a reader never sees 14 before 13. */
    async listAfter(workspaceId: string, recipientId: string, after: number, limit: number): Promise<InboxItem[]> {
      const { rows } = await pool.query<Row>(
        `SELECT ${columns} FROM notification WHERE ${mine} AND sequence > $3 ORDER BY sequence LIMIT $4`,
        [workspaceId, recipientId, after, limit],
      )
      return itemsOf(workspaceId, rows)
    },

    async listByIds(workspaceId: string, recipientId: string, ids: string[]): Promise<InboxItem[]> {
      const { rows } = await pool.query<Row>(
        `SELECT ${columns} FROM notification WHERE ${mine} AND id = ANY($3::uuid[]) ORDER BY sequence`,
        [workspaceId, recipientId, ids],
      )
      return itemsOf(workspaceId, rows)
    },

    async count(workspaceId: string, recipientId: string): Promise<{ unread: number; latestSequence: number }> {
      const { rows } = await pool.query<{ unread: number; latest: number }>(
        `SELECT (SELECT count(*) FROM (SELECT 1 FROM notification WHERE ${mine} AND read_at IS NULL AND archived_at IS NULL LIMIT ${countLimit}) AS unread) AS unread,
                coalesce((SELECT last_sequence FROM inbox_sequence WHERE workspace_id = $1 AND recipient_id = $2), 0) AS latest`,
        [workspaceId, recipientId],
      )
      return { unread: rows[0]?.unread ?? 0, latestSequence: rows[0]?.latest ?? 0 }
    },

    /** The newest sequence of many recipients in one statement, in the order asked; 0 where there is none. */
    async latestSequences(pairs: readonly { workspaceId: string; recipientId: string }[]): Promise<number[]> {
      const { rows } = await pool.query<{ latest: number }>(
        `SELECT coalesce(s.last_sequence, 0) AS latest
         FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS asked (workspace_id, recipient_id, position)
         LEFT JOIN inbox_sequence s USING (workspace_id, recipient_id) ORDER BY position`,
        [pairs.map((pair) => pair.workspaceId), pairs.map((pair) => pair.recipientId)],
      )
      return rows.map((row) => row.latest)
    },

    /** Null when this recipient has no such item. Saying it twice changes nothing and keeps the first time. */
    async change(
      workspaceId: string,
      recipientId: string,
      id: string,
      change: InboxChange,
    ): Promise<{ item: InboxItem; changed: boolean } | null> {
      const { set, unless } = changes[change]
      const scope = [workspaceId, recipientId, id]
      const updated = await pool.query<Row>(
        `UPDATE notification SET ${set} WHERE ${mine} AND id = $3 AND NOT (${unless}) RETURNING ${columns}`,
        scope,
      )
      if (updated.rows[0]) return { item: (await itemsOf(workspaceId, updated.rows))[0]!, changed: true }
      const { rows } = await pool.query<Row>(`SELECT ${columns} FROM notification WHERE ${mine} AND id = $3`, scope)
      return rows[0] ? { item: (await itemsOf(workspaceId, rows))[0]!, changed: false } : null
    },

    /** Everything up to the newest sequence of this moment. */
    async readAll(workspaceId: string, recipientId: string): Promise<{ updated: number; throughSequence: number }> {
      const { rows } = await pool.query<{ updated: number; latest: number }>(
        `WITH latest AS (SELECT coalesce(max(last_sequence), 0) AS sequence FROM inbox_sequence WHERE workspace_id = $1 AND recipient_id = $2),
              changed AS (UPDATE notification SET read_at = now() WHERE ${mine} AND read_at IS NULL AND sequence <= (SELECT sequence FROM latest) RETURNING 1)
         SELECT (SELECT count(*) FROM changed) AS updated, sequence AS latest FROM latest`,
        [workspaceId, recipientId],
      )
      return { updated: rows[0]?.updated ?? 0, throughSequence: rows[0]?.latest ?? 0 }
    },
  }
}

export type InboxRepository = ReturnType<typeof createInboxRepository>

/** With the ids of its files for links. */
function itemOf(row: Row): Omit<InboxItem, 'attachments'> & { attachments: string[] } {
  const content = JSON.parse(row.content) as { title?: string; body?: string; url?: string | null; attachments?: string[] }
  return {
    id: publicId('notification', row.id),
    sequence: row.sequence,
    title: content.title ?? '',
    body: content.body ?? '',
    url: content.url || null,
    attachments: content.attachments ?? [],
    createdAt: row.created_at.toISOString(),
    readAt: row.read_at?.toISOString() ?? null,
    archivedAt: row.archived_at?.toISOString() ?? null,
  }
}
