// Files for those who deliver: links for webhooks and inboxes, streams for mail. Never whole in memory.
import type { Readable } from 'node:stream'
import { ObjectStoreError, type ObjectStore } from '#platform/object-store/index.ts'
import type { Config } from '#platform/config/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { AttachmentLink } from '#shared/contracts/attachment.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { findAttachments, type AttachmentRow } from './attachment.repository.ts'
import { keysOf, servedAs } from './attachment.rules.ts'

export interface FileToSend {
  filename: string
  contentType: string
  size: number
  /** Opened when its turn comes. */
  open(): Promise<Readable>
}

export interface FileHandout {
  /**
   * Links to these files, in their order, by file; a file that is gone is known by its id alone, with `url` null. Asks Postgres only: a
   * store that is down does not matter.
   */
  links(workspaceId: string, attachments: readonly string[], seconds: number): Promise<AttachmentLink[]>
  /** Throws FileGone, or ObjectStoreError 'unavailable'. */
  files(workspaceId: string, attachments: readonly string[]): Promise<FileToSend[]>
}

/** A file that was deleted after its event was accepted. */
export class FileGone extends Error {
  constructor(id: string) {
    super(`the attachment ${id} was deleted`)
    this.name = 'FileGone'
  }
}

/** Where links in what is sent lead: to the address that is set, or to this machine's own. */
export function linkOrigin({ SIGNALBOX_PUBLIC_URL, HOST, PORT }: Pick<Config, 'SIGNALBOX_PUBLIC_URL' | 'HOST' | 'PORT'>): string {
  if (SIGNALBOX_PUBLIC_URL) return SIGNALBOX_PUBLIC_URL
  const host = ['0.0.0.0', '::', '127.0.0.1'].includes(HOST) ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST
  return `http://${host}:${PORT}`
}

/** `origin`: where receivers reach this app. */
export function createFileHandout(deps: { pool: Pool; store: ObjectStore; origin: string }): FileHandout {
  const { pool, store, origin } = deps

  async function readyOnes(workspaceId: string, attachments: readonly string[]): Promise<Map<string, AttachmentRow>> {
    const uuids = attachments.flatMap((id) => parsePublicId('attachment', id) ?? [])
    const rows = (await findAttachments(pool, workspaceId, uuids)).filter((row) => row.state === 'ready')
    return new Map(rows.map((row) => [publicId('attachment', row.id), row]))
  }

  return {
    async links(workspaceId, attachments, seconds) {
      const rows = await readyOnes(workspaceId, attachments)
      const expiresAt = new Date(Date.now() + seconds * 1_000)
      return Promise.all(
        attachments.map(async (id) => {
          const row = rows.get(id)
          if (!row) return { id, filename: '', contentType: 'application/octet-stream', size: 0, sha256: null, url: null, expiresAt: null }
          const { filename, contentType, size, sha256 } = row
          const grant = { key: keysOf(workspaceId, row.id).kept, ...servedAs(contentType, filename), expiresAt, origin }
          return { id, filename, contentType, size, sha256, url: await store.signDownload(grant), expiresAt: expiresAt.toISOString() }
        }),
      )
    },
    async files(workspaceId, attachments) {
      const rows = await readyOnes(workspaceId, attachments)
      return Promise.all(
        attachments.map(async (id) => {
          const row = rows.get(id)
          if (!row) throw new FileGone(id)
          const { kept } = keysOf(workspaceId, row.id)
          // Asked before a mail begins: half a mail is worse than a late one.
          const facts = await store.find(kept)
          // The row says that it is there: a volume that is not mounted, a backup that is not back yet are no reason to give up.
          if (facts?.size !== row.size)
            throw new ObjectStoreError('unavailable', `The object store has ${facts?.size ?? 'none'} of the ${row.size} bytes of ${id}`)
          return { filename: row.filename, contentType: row.contentType, size: row.size, open: () => store.read(kept) }
        }),
      )
    },
  }
}
