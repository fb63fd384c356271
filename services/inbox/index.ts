// The in-app channel as its reader sees it.
//
// Inbox      the in-app notifications of one recipient, numbered 1, 2, 3 ... without gaps (their sequence)
// Item       one of them: unread or read, and archived or not; archiving leaves the read mark alone
// Token      a JWT that lets its holder read and mark one recipient's inbox in one workspace, for at most a day
// Live       a stream that goes on from a sequence; what it says comes from Postgres, Redis only says when to look
// Hint       what processes tell each other over Redis; may be lost
//
// Rows are written by the fan-out; after its commit it calls publishInbox().
import type { FileHandout } from '#services/attachments/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { InboxCount, InboxItem, InboxReadAll } from '#shared/contracts/inbox.ts'
import { decodeCursor, toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { parsePublicId } from '#shared/ids.ts'
import { createInboxRepository, type InboxChange, type InboxListFilter } from './inbox.repository.ts'
import { createInboxTokens, type InboxTokens } from './inbox-token.ts'
import { createLiveInbox, type LiveInbox, type LiveInboxOptions } from './live-inbox.ts'
import { publishInboxChange } from './publish-inbox.ts'

export { publishInbox, type InboxArrival } from './publish-inbox.ts'
export type { InboxIdentity } from './inbox-token.ts'
export type { LiveMessage } from './live-inbox.ts'
export type { InboxChange }

export interface InboxDeps extends Pick<LiveInboxOptions, 'openSubscriber' | 'pollEveryMs' | 'streamsPerRecipient'> {
  pool: Pool
  /** For commands. */
  redis: Redis
  log: Log
  /** SIGNALBOX_SECRET. */
  secret: string
  files: Pick<FileHandout, 'links'>
}

export interface InboxPageFilter extends Omit<InboxListFilter, 'before'> {
  cursor?: string | undefined
}

export interface Inbox {
  tokens: InboxTokens
  /** Newest first. Fault('invalid') for a cursor that is none of ours. */
  list(workspaceId: string, recipientId: string, filter: InboxPageFilter): Promise<Page<InboxItem>>
  count(workspaceId: string, recipientId: string): Promise<InboxCount>
  /** Marks one item; marking it twice changes nothing. Fault('not-found') for an item of anybody else. */
  mark(workspaceId: string, recipientId: string, itemId: string, change: InboxChange): Promise<InboxItem>
  readAll(workspaceId: string, recipientId: string): Promise<InboxReadAll>
  follow: LiveInbox['follow']
  /** Live streams held by this process. */
  streams: LiveInbox['streams']
  /** Ends every stream and the shared Redis connection. */
  close(): void
}

export function createInbox(deps: InboxDeps): Inbox {
  const repository = createInboxRepository(deps.pool, deps.files)
  const live = createLiveInbox({ ...deps, repository })
  return {
    tokens: createInboxTokens(deps.secret),
    async list(workspaceId, recipientId, { cursor, ...filter }) {
      const before = cursor === undefined ? undefined : sequenceOf(cursor)
      const items = await repository.list(workspaceId, recipientId, { ...filter, before, limit: filter.limit + 1 })
      return toPage(items, filter.limit, (last) => String(last.sequence))
    },
    count: (workspaceId, recipientId) => repository.count(workspaceId, recipientId),
    async mark(workspaceId, recipientId, itemId, change) {
      const id = parsePublicId('notification', itemId)
      const marked = id ? await repository.change(workspaceId, recipientId, id, change) : null
      if (!id || !marked) throw new Fault('not-found', 'There is no such item in this inbox.')
      if (marked.changed) publishInboxChange(deps.redis, workspaceId, recipientId, { kind: 'update', id })
      return marked.item
    },
    async readAll(workspaceId, recipientId) {
      const { updated, throughSequence } = await repository.readAll(workspaceId, recipientId)
      if (updated > 0) publishInboxChange(deps.redis, workspaceId, recipientId, { kind: 'read-all', throughSequence })
      return { updated, throughSequence }
    },
    follow: (workspaceId, recipientId, after, signal) => live.follow(workspaceId, recipientId, after, signal),
    streams: () => live.streams(),
    close: () => live.close(),
  }
}

function sequenceOf(cursor: string): number {
  const position = decodeCursor(cursor)
  if (position && /^\d{1,15}$/.test(position)) return Number(position)
  const message = 'is not a cursor that this API gave out'
  throw new Fault('invalid', `The cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
}
