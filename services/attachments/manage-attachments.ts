// What people and programs ask of files: announce, complete, look, hand out, delete.
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { ObjectStoreError } from '#platform/object-store/index.ts'
import { transaction } from '#platform/postgres/index.ts'
import type {
  AttachmentComplete,
  AttachmentCreate,
  AttachmentCreated,
  AttachmentListQuery,
  AttachmentSummary,
  AttachmentUpload,
  AttachmentView,
} from '#shared/contracts/attachment.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { toPage, type Page } from '#shared/contracts/page.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf, uuidOfCursor } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { appendAudit } from '../audit/index.ts'
import { storeKeys, takeKeys, type KeyRow } from '../idempotency/index.ts'
import {
  deleteAttachments,
  findAttachment,
  findUses,
  insertAttachment,
  listAttachments,
  takeRoom,
  type AttachmentRow,
} from './attachment.repository.ts'
import { keysOf, partBytes, partSizes, servedAs } from './attachment.rules.ts'
import { checkAttachment, type CheckDeps } from './check-attachment.ts'
import { beginCheck } from './check.repository.ts'

export interface AttachmentLimits {
  fileBytes: number
  workspaceBytes: number
}

export interface Attachments {
  /**
   * `origin`: where the caller reaches this app. Faults: invalid (too large), conflict (the workspace's room is used up), the
   * idempotency faults.
   */
  create(
    workspaceId: string,
    actor: Actor,
    input: AttachmentCreate,
    origin: string,
    idempotency?: Omit<KeyRow, 'workspaceId'>,
  ): Promise<{ body: AttachmentCreated; replayed: boolean }>
  /** Resolves with the verdict, or after 20 seconds with the check still going on. Faults: not-found, conflict, invalid. */
  complete(workspaceId: string, id: string, input: AttachmentComplete, origin: string): Promise<AttachmentView>
  get(workspaceId: string, id: string, origin: string): Promise<AttachmentView>
  /** Newest first. */
  list(workspaceId: string, query: AttachmentListQuery): Promise<Page<AttachmentSummary>>
  /** A URL of the bytes for a few minutes. Faults: not-found, conflict when it is not ready. */
  contentUrl(workspaceId: string, id: string, origin: string): Promise<string>
  /** WebP. Fault not-found when there is none. */
  thumbnail(workspaceId: string, id: string): Promise<Buffer>
  remove(workspaceId: string, actor: Actor, id: string, reason?: string): Promise<void>
  /** Checks that this process carries on in the background. */
  drained(): Promise<void>
}

const uploadSeconds = 3_600
/** A large file over a slow line, or one whose upload is taken up again. */
const partsUploadSeconds = 12 * 3_600
const contentSeconds = 300
const patienceMs = 20_000
const usesShown = 20

export function createAttachments(deps: CheckDeps & { limits: AttachmentLimits }): Attachments {
  const { pool, store, limits } = deps
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

  async function ticketFor(row: { id: string; workspaceId: string; contentType: string; size: number }, origin: string) {
    const { incoming, kept } = keysOf(row.workspaceId, row.id)
    const sizes = partSizes(row.size)
    const expiresAt = new Date(Date.now() + (sizes ? partsUploadSeconds : uploadSeconds) * 1_000)
    if (!sizes) {
      const upload: AttachmentUpload = await store.signUpload({
        key: incoming,
        contentType: row.contentType,
        size: row.size,
        expiresAt,
        origin,
      })
      return { upload, expiresAt, uploadId: null }
    }
    const uploadId = await store.startParts(kept, row.contentType)
    const parts = await Promise.all(
      sizes.map(async (size, at) => ({
        number: at + 1,
        url: await store.signPart({ key: kept, uploadId, number: at + 1, size, expiresAt, origin }),
      })),
    )
    const upload: AttachmentUpload = { method: 'PUT', partSize: partBytes, parts }
    return { upload, expiresAt, uploadId }
  }

  function refuseSize(size: number): void {
    if (size <= limits.fileBytes) return
    throw new Fault('invalid', 'The file is too large.', {
      errors: [{ path: '/size', message: `must be at most ${limits.fileBytes} bytes` }],
    })
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
    async create(workspaceId, actor, input, origin, idempotency) {
      refuseSize(input.size)
      const id = newUuid()
      return transaction(pool, async (client) => {
        if (idempotency) {
          const [verdict] = await takeKeys(client, [{ workspaceId, ...idempotency }])
          if (verdict!.kind === 'replay') return { body: JSON.parse(verdict!.response) as AttachmentCreated, replayed: true }
          if (verdict!.kind === 'in-flight')
            throw new Fault('idempotency-in-flight', 'Try again when the first request has been answered', { retryAfterSeconds: 1 })
          if (verdict!.kind === 'mismatch')
            throw new Fault('idempotency-mismatch', 'The key was used with another body or media type in the last 24 hours')
        }
        if (!(await takeRoom(client, workspaceId, input.size, limits.workspaceBytes)))
          throw new Fault(
            'conflict',
            `There is no room for ${input.size} bytes more: all files of this workspace may have ${limits.workspaceBytes} bytes.`,
          )
        const { upload, expiresAt, uploadId } = await ticketFor(
          { id, workspaceId, contentType: input.contentType, size: input.size },
          origin,
        )
        await insertAttachment(client, workspaceId, {
          id,
          filename: input.filename,
          contentType: input.contentType,
          size: input.size,
          sha256: input.sha256 ?? null,
          recipientId: input.recipientId ?? null,
          uploadId,
          partSize: uploadId === null ? null : partBytes,
          uploadUntil: expiresAt,
          createdBy: actor.name,
        })
        const body: AttachmentCreated = { id: publicId('attachment', id), upload, expiresAt: expiresAt.toISOString() }
        if (idempotency) await storeKeys(client, [{ workspaceId, ...idempotency, status: 201, response: JSON.stringify(body) }])
        if (actor.kind === 'operator')
          await appendAudit(client, {
            workspaceId,
            actor,
            action: 'attachment.create',
            subjectKind: 'attachment',
            subjectId: body.id,
            details: { size: input.size, contentType: input.contentType },
          })
        return { body, replayed: false }
      })
    },

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

    get: async (workspaceId, id, origin) => view(await existing(workspaceId, id), origin),

    async list(workspaceId, { limit, cursor, ...filter }) {
      const rows = await listAttachments(pool, workspaceId, filter, { before: uuidOfCursor('attachment', cursor), count: limit + 1 })
      const page = toPage(rows, limit, (last) => publicId('attachment', last.id))
      return { items: page.items.map(summaryOf), nextCursor: page.nextCursor }
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
    filename,
    contentType,
    size,
    sha256,
    state,
    reason,
    recipientId,
    hasThumbnail: row.thumbnail === 'made',
    createdBy,
    createdAt: row.createdAt.toISOString(),
    readyAt: row.readyAt?.toISOString() ?? null,
    uploadUntil: row.uploadUntil.toISOString(),
  }
}
