// What people and programs ask of files that were announced: complete, look, hand out, delete.
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { ObjectStoreError } from '#platform/object-store/index.ts'
import { transaction } from '#platform/postgres/index.ts'
import type { AttachmentComplete, AttachmentListQuery, AttachmentSummary, AttachmentView } from '#shared/contracts/attachment.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { publicId } from '#shared/ids.ts'
import { appendAudit } from '../audit/index.ts'
import type { Sight } from '../masking/index.ts'
import { announcing, type Announcing, type AttachmentLimits } from './announce-attachment.ts'
import { deleteAttachments, findAttachment, findUses, listAttachments, type AttachmentRow } from './attachment.repository.ts'
import { keysOf, servedAs } from './attachment.rules.ts'
import { redactSummary, redactView } from './redact-attachment.rules.ts'
import { checkAttachment, type CheckDeps } from './check-attachment.ts'
import { beginCheck } from './check.repository.ts'

export interface Attachments extends Announcing {
  /** Resolves with the verdict, or after 20 seconds with the check still going on. Faults: not-found, conflict, invalid. */
  complete(workspaceId: string, id: string, input: AttachmentComplete, origin: string): Promise<AttachmentView>
  get(workspaceId: string, id: string, origin: string, sight: Sight): Promise<AttachmentView>
  /** Newest first. */
  list(workspaceId: string, query: AttachmentListQuery, sight: Sight): Promise<Page<AttachmentSummary>>
  /** A URL of the bytes for a few minutes. Faults: not-found, conflict when it is not ready. */
  contentUrl(workspaceId: string, id: string, origin: string): Promise<string>
  /** WebP. Fault not-found when there is none. */
  thumbnail(workspaceId: string, id: string): Promise<Buffer>
  remove(workspaceId: string, actor: Actor, id: string, reason?: string): Promise<void>
  /** Checks that this process carries on in the background. */
  drained(): Promise<void>
}

const contentSeconds = 300
const patienceMs = 20_000
const usesShown = 20

export function createAttachments(deps: CheckDeps & { limits: AttachmentLimits }): Attachments {
  const { pool, store } = deps
  const checking = new Map<string, Promise<void>>()

  async function existing(workspaceId: string, id: string): Promise<AttachmentRow> {
    const row = await findAttachment(pool, workspaceId, uuidOf('attachment', id))
    if (!row) throw new Fault('not-found', 'There is no such attachment.')
    return row
  }

  function signedUrl(row: AttachmentRow, origin: string): Promise<string> {
    const expiresAt = new Date(Date.now() + contentSeconds * 1_000)
    return store.signDownload({ key: keysOf(row.workspaceId, row.id).kept, ...servedAs(row.contentType, row.filename), expiresAt, origin })
  }

  async function view(row: AttachmentRow, origin: string): Promise<AttachmentView> {
    const uses = await findUses(pool, row.workspaceId, row.id, usesShown + 1)
    const eventIds = uses.slice(0, usesShown).map((id) => publicId('event', id))
    const url = row.state === 'ready' ? await signedUrl(row, origin) : null
    return { ...summaryOf(row), url, checks: row.checks, usedBy: { eventIds, more: uses.length > usesShown } }
  }

  /** Everything that has to be there is there, and belongs together. */
  async function gather(row: AttachmentRow, input: AttachmentComplete): Promise<void> {
    const { incoming, kept } = keysOf(row.workspaceId, row.id)
    if (row.uploadId === null) {
      if (!(await store.find(incoming)) && !(await store.find(kept))) throw new Fault('conflict', 'Nothing was uploaded yet.')
      return
    }
    if (!input.parts) {
      const errors = [{ path: '/parts', message: 'must name the etag of every part: this upload has parts' }]
      throw new Fault('invalid', 'The body is not valid.', { errors })
    }
    try {
      await store.completeParts(kept, row.uploadId, input.parts)
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.trouble === 'unavailable') throw error
      if (error.trouble === 'refused')
        throw new Fault('invalid', 'The parts do not fit.', { errors: [{ path: '/parts', message: error.message }] })
      // Completed before, by a call whose answer was lost.
      if (!(await store.find(kept))) throw new Fault('conflict', 'This upload was given up.', { cause: error })
    }
  }

  return {
    ...announcing(deps),

    async complete(workspaceId, id, input, origin) {
      const row = await existing(workspaceId, id)
      if (row.state === 'created' || row.state === 'uploading') {
        await gather(row, input)
        const mine = await beginCheck(pool, workspaceId, row.id)
        if (mine) {
          const check = checkAttachment(deps, mine).finally(() => checking.delete(row.id))
          checking.set(row.id, check)
        }
      }
      const running = checking.get(row.id)
      if (running) {
        const patience = new AbortController()
        await Promise.race([running, delay(patienceMs, undefined, { signal: patience.signal, ref: false }).catch(() => {})])
        patience.abort()
      }
      return view(await existing(workspaceId, id), origin)
    },

    async get(workspaceId, id, origin, { masked }) {
      const file = await view(await existing(workspaceId, id), origin)
      return masked ? redactView(file) : file
    },

    async list(workspaceId, { limit, cursor, ...filter }, { masked }) {
      const rows = await listAttachments(
        pool,
        workspaceId,
        { ...filter, masked },
        { before: uuidOfCursor('attachment', cursor), count: limit + 1 },
      )
      const page = toPage(rows, limit, (last) => publicId('attachment', last.id))
      return { items: page.items.map(summaryOf).map((file) => (masked ? redactSummary(file) : file)), nextCursor: page.nextCursor }
    },

    async contentUrl(workspaceId, id, origin) {
      const row = await existing(workspaceId, id)
      if (row.state !== 'ready') throw new Fault('conflict', `The file is not ready: it is ${row.state}.`)
      return signedUrl(row, origin)
    },

    async thumbnail(workspaceId, id) {
      const row = await existing(workspaceId, id)
      if (row.thumbnail !== 'made') throw new Fault('not-found', 'There is no picture of this file.')
      return buffer(await store.read(keysOf(workspaceId, row.id).thumbnail))
    },

    async remove(workspaceId, actor, id, reason) {
      await transaction(pool, async (client) => {
        const [row] = await deleteAttachments(client, 'workspace_id = $1 AND id = $2', [workspaceId, uuidOf('attachment', id)])
        if (!row) throw new Fault('not-found', 'There is no such attachment.')
        const subject = { subjectKind: 'attachment', subjectId: id, reason: reason ?? null }
        const details = { state: row.state, size: row.size, contentType: row.contentType }
        await appendAudit(client, { workspaceId, actor, action: 'attachment.delete', ...subject, details })
        await client.query("SELECT pg_notify('attachment', '')")
      })
    },

    async drained() {
      await Promise.allSettled(checking.values())
    },
  }
}

function summaryOf(row: AttachmentRow): AttachmentSummary {
  const { filename, contentType, size, sha256, state, reason, recipientId, createdBy } = row
  return {
    id: publicId('attachment', row.id),
    masked: false,
    filename,
    contentType,
    size,
    sha256,
    state,
    reason,
    recipientId,
    modifiedAt: row.modifiedAt?.toISOString() ?? null,
    hasThumbnail: row.thumbnail === 'made',
    createdBy,
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    uploadUntil: row.uploadUntil.toISOString(),
  }
}
