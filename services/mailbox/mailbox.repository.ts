import type { CaughtMail } from '#platform/mail/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { Mail } from '#shared/contracts/mail.ts'
import { publicId, publicIdOrNull } from '#shared/ids.ts'

export interface MailToKeep extends CaughtMail {
  id: string
  workspaceId: string | null
  deliveryId: string | null
}

export interface MailFilter {
  limit: number
  before?: string | undefined
  to?: string | undefined
  recipient?: string | undefined
  subject?: string | undefined
  /** A recipient is also found by its address, not only by its id. */
  byAddress: boolean
}

interface Row {
  id: string
  delivery_id: string | null
  from: string
  to: string[]
  subject: string
  text: string
  html: string | null
  headers: Mail['headers']
  attachments: Mail['attachments']
  received_at: Date
}

const columns = 'm.id, m.delivery_id, m."from", m."to", m.subject, m.text, m.html, m.headers, m.attachments, m.received_at'

export function createMailboxRepository(pool: Pool) {
  return {
    /** All or none. */
    async insert(mails: readonly MailToKeep[]): Promise<void> {
      await pool.query(
        `INSERT INTO caught_mail (id, workspace_id, delivery_id, "from", "to", subject, text, html, headers, attachments)
         SELECT x.id, x."workspaceId", x."deliveryId", x."from", x."to", x.subject, x.text, x.html, x.headers, x.attachments
         FROM jsonb_to_recordset($1::jsonb) AS x(id uuid, "workspaceId" uuid, "deliveryId" uuid, "from" text, "to" text[], subject text, text text, html text, headers jsonb, attachments jsonb)`,
        [JSON.stringify(mails)],
      )
    },

    /** Of every workspace: it is a store of bounded size, not an archive. */
    async keepNewest(count: number): Promise<void> {
      await pool.query('DELETE FROM caught_mail WHERE id <= (SELECT id FROM caught_mail ORDER BY id DESC OFFSET $1 LIMIT 1)', [count])
    },

    async list(workspaceId: string, filter: MailFilter): Promise<Mail[]> {
      const { rows } = await pool.query<Row>(
        `SELECT ${columns} FROM caught_mail m
         WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR m.id < $2)
           AND ($3::text IS NULL OR EXISTS (SELECT FROM unnest(m."to") address WHERE lower(address) = lower($3)))
           AND ($4::text IS NULL OR ($7 AND EXISTS (SELECT FROM unnest(m."to") address WHERE lower(address) = lower($4)))
             OR EXISTS (SELECT FROM delivery d WHERE d.workspace_id = m.workspace_id AND d.id = m.delivery_id AND d.recipient_id = $4))
           AND ($5::text IS NULL OR strpos(lower(m.subject), lower($5)) > 0)
         ORDER BY m.id DESC LIMIT $6`,
        [
          workspaceId,
          filter.before ?? null,
          filter.to ?? null,
          filter.recipient ?? null,
          filter.subject ?? null,
          filter.limit,
          filter.byAddress,
        ],
      )
      return rows.map(mailOf)
    },

    async get(workspaceId: string, id: string): Promise<Mail | null> {
      const { rows } = await pool.query<Row>(`SELECT ${columns} FROM caught_mail m WHERE m.workspace_id = $1 AND m.id = $2`, [
        workspaceId,
        id,
      ])
      return rows[0] ? mailOf(rows[0]) : null
    },
  }
}

export type MailboxRepository = ReturnType<typeof createMailboxRepository>

function mailOf(row: Row): Mail {
  return {
    id: publicId('mail', row.id),
    from: row.from,
    to: row.to,
    subject: row.subject,
    text: row.text,
    html: row.html,
    headers: row.headers,
    attachments: row.attachments,
    deliveryId: publicIdOrNull('delivery', row.delivery_id),
    receivedAt: row.received_at.toISOString(),
    masked: false,
  }
}
