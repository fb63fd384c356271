// The mailbox: mail that nobody sent on, because no SMTP_URL is set.
//
// Catcher  the SMTP server that takes every mail of this instance
// Mail     one of them; belongs to the workspace that sent it. Mail from elsewhere is kept, and shown to nobody.
import { startMailCatcher, type MailCatcher } from '#platform/mail/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { Mail, MailListQuery } from '#shared/contracts/mail.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { parsePublicId } from '#shared/ids.ts'
import { refuseHiddenFilters, type Sight } from '../masking/index.ts'
import { createMailKeeper } from './keep-mail.ts'
import { createMailboxRepository } from './mailbox.repository.ts'
import { redactMail } from './redact-mail.rules.ts'

export type { MailCatcher }

export interface Mailbox {
  /** Newest first. Fault('not-found') when mail goes out instead of being caught; 'forbidden' for a filter on what this sight does not show. */
  list(workspaceId: string, query: MailListQuery, sight: Sight): Promise<Page<Mail>>
  get(workspaceId: string, id: string, sight: Sight): Promise<Mail>
}

/** What the routes read. `caught`: SIGNALBOX_MAIL_CATCHER. */
export function createMailbox(deps: { pool: Pool; caught: boolean }): Mailbox {
  const repository = createMailboxRepository(deps.pool)

  function refuseWithoutCatcher(): void {
    if (!deps.caught) throw new Fault('not-found', 'SMTP_URL is set: mail goes out, and none is caught here.')
  }

  return {
    async list(workspaceId, query, sight) {
      refuseWithoutCatcher()
      refuseHiddenFilters(sight, query, ['to', 'subject'])
      const before = query.cursor === undefined ? undefined : positionOf(query.cursor)
      const mails = await repository.list(workspaceId, { ...query, before, limit: query.limit + 1, byAddress: !sight.masked })
      return toPage(sight.masked ? mails.map(redactMail) : mails, query.limit, (last) => last.id)
    },
    async get(workspaceId, id, { masked }) {
      refuseWithoutCatcher()
      const uuid = parsePublicId('mail', id)
      const mail = uuid === null ? null : await repository.get(workspaceId, uuid)
      if (!mail) throw new Fault('not-found', 'There is no such mail.')
      return masked ? redactMail(mail) : mail
    },
  }
}

/** The catcher itself, for the process that carries the role mail-catcher. Rejects when the port is taken. */
export function startMailbox(deps: { pool: Pool; log: Log; host: string; port: number; keepNewest?: number }): Promise<MailCatcher> {
  const keep = createMailKeeper(createMailboxRepository(deps.pool), deps.keepNewest ?? 10_000)
  return startMailCatcher({ host: deps.host, port: deps.port, log: deps.log, onMail: keep })
}

function positionOf(cursor: string): string {
  const uuid = parsePublicId('mail', decodeCursor(cursor) ?? '')
  if (uuid) return uuid
  const message = 'is not a cursor that this API gave out'
  throw new Fault('invalid', `The cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
}
