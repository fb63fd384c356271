// How a file comes: announced, and taken up again where it broke off. The object store is asked before and after the transactions, never
// inside one: a store that hangs keeps its callers waiting, and no connection and no lock of ours (docs/decisions/0043).
import { ObjectStoreError } from '#platform/object-store/index.ts'
import { transaction } from '#platform/postgres/index.ts'
import type { AttachmentCreate, AttachmentCreated, AttachmentResumed, AttachmentUpload } from '#shared/contracts/attachment.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { appendAudit } from '../audit/index.ts'
import { storeKeys, takeKeys, type KeyRow } from '../idempotency/index.ts'
import { extendUpload, findAttachment, insertAttachment, takeRoom, type AttachmentRow } from './attachment.repository.ts'
import { keysOf, partBytesOf, partSizes, wholeParts } from './attachment.rules.ts'
import type { CheckDeps } from './check-attachment.ts'

export interface AttachmentLimits {
  fileBytes: number
  workspaceBytes: number
  /** Of each part but the last, of a file that comes in parts: from the fifth part on. */
  partBytes: number
}

export interface Announcing {
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
  /** What has arrived, and URLs for the rest. Faults: not-found, conflict (complete already, or given up). */
  resume(workspaceId: string, actor: Actor, id: string, origin: string): Promise<AttachmentResumed>
}

type ToUpload = Pick<AttachmentRow, 'id' | 'workspaceId' | 'contentType' | 'size' | 'partSize'>

const uploadMs = 3_600_000
/** A large file over a slow line. */
const partsUploadMs = 12 * 3_600_000
/** Until when an upload may be taken up again: MinIO forgets parts a day after they began. */
const resumableMs = 23 * 3_600_000

export function announcing({ pool, store, log, limits }: CheckDeps & { limits: AttachmentLimits }): Announcing {
  function refuseSize(size: number): void {
    if (size <= limits.fileBytes) return
    throw new Fault('invalid', 'The file is too large.', {
      errors: [{ path: '/size', message: `must be at most ${limits.fileBytes} bytes` }],
    })
  }

  const lifeOf = ({ partSize }: ToUpload): number => (partSize === null ? uploadMs : partsUploadMs)

  /** `uploadId` only for a file in parts. */
  async function ticketFor(row: ToUpload, uploadId: string | null, expiresAt: Date, origin: string): Promise<AttachmentUpload> {
    const { incoming, kept } = keysOf(row.workspaceId, row.id)
    if (uploadId === null || row.partSize === null)
      return store.signUpload({ key: incoming, contentType: row.contentType, size: row.size, expiresAt, origin })
    const parts = await Promise.all(
      partSizes(row.size, row.partSize).map(async (size, at) => ({
        number: at + 1,
        url: await store.signPart({ key: kept, uploadId, number: at + 1, size, expiresAt, origin }),
      })),
    )
    return { method: 'PUT', partSize: row.partSize, parts }
  }

  /** Nobody was told of it: no part of it can come. A crash before this leaves an upload without a row; the collector ends those. */
  function giveUp(row: ToUpload, uploadId: string | null): void {
    if (uploadId === null) return
    store
      .abortParts(keysOf(row.workspaceId, row.id).kept, uploadId)
      .catch((error: unknown) => log.info({ err: error, attachment: row.id }, 'an upload that nobody needs is left to the collector'))
  }

  /** The answer that was given before, or null. Asked before the store is: a replay must not wait for it, nor begin another upload. */
  async function answeredBefore(key: KeyRow): Promise<AttachmentCreated | null> {
    const [verdict] = await transaction(pool, (client) => takeKeys(client, [key]))
    // Somebody else asks the same at this moment: who of them is the first is decided where the file is made.
    return verdict!.kind === 'in-flight' ? null : answerOf(verdict!)
  }

  return {
    async create(workspaceId, actor, input, origin, idempotency) {
      refuseSize(input.size)
      const key: KeyRow | undefined = idempotency && { workspaceId, ...idempotency }
      const before = key && (await answeredBefore(key))
      if (before) return { body: before, replayed: true }

      const partSize = partBytesOf(input.size, limits.partBytes)
      const row = { id: newUuid(), workspaceId, contentType: input.contentType, size: input.size, partSize }
      const uploadId = partSize !== null ? await store.startParts(keysOf(workspaceId, row.id).kept, row.contentType) : null
      let isMine = false
      try {
        const uploadUntil = new Date(Date.now() + lifeOf(row))
        const upload = await ticketFor(row, uploadId, uploadUntil, origin)
        const body: AttachmentCreated = { id: publicId('attachment', row.id), upload, expiresAt: uploadUntil.toISOString() }
        const answer = await transaction(pool, async (client) => {
          if (key) {
            const [verdict] = await takeKeys(client, [key])
            const first = answerOf(verdict!)
            if (first) return { body: first, replayed: true }
          }
          if (!(await takeRoom(client, workspaceId, input.size, limits.workspaceBytes)))
            throw new Fault(
              'conflict',
              `There is no room for ${input.size} bytes more: all files of this workspace may have ${limits.workspaceBytes} bytes.`,
            )
          await insertAttachment(client, workspaceId, {
            ...row,
            filename: input.filename,
            sha256: input.sha256 ?? null,
            recipientId: input.recipientId ?? null,
            modifiedAt: input.modifiedAt === undefined ? null : new Date(input.modifiedAt),
            uploadId,
            uploadUntil,
            createdBy: actor.name,
          })
          if (key) await storeKeys(client, [{ ...key, status: 201, response: JSON.stringify(body) }])
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
        isMine = !answer.replayed
        return answer
      } finally {
        if (!isMine) giveUp(row, uploadId)
      }
    },

    async resume(workspaceId, actor, id, origin) {
      const row = await findAttachment(pool, workspaceId, uuidOf('attachment', id))
      if (!row) throw new Fault('not-found', 'There is no such attachment.')
      if (row.state !== 'created' && row.state !== 'uploading')
        throw new Fault('conflict', `There is nothing to upload any more: the file is ${row.state}.`)
      const last = row.createdAt.getTime() + resumableMs
      if (last <= Date.now()) throw new Fault('conflict', 'This file was announced too long ago: announce it anew.')

      const { incoming, kept } = keysOf(workspaceId, row.id)
      const given = row.uploadId === null ? [] : await store.listParts(kept, row.uploadId).catch(givenUp)
      // As it was announced: what the setting says now is for new files.
      const received = row.partSize === null ? [] : wholeParts(row.size, row.partSize, given)
      const arrived = row.uploadId === null ? ((await store.find(incoming))?.size ?? 0) : received.reduce((sum, part) => sum + part.size, 0)
      const expiresAt = new Date(Math.min(last, Date.now() + lifeOf(row)))
      const upload = await ticketFor(row, row.uploadId, expiresAt, origin)
      await transaction(pool, async (client) => {
        if (!(await extendUpload(client, workspaceId, row.id, expiresAt))) throw new Fault('conflict', 'It was completed meanwhile.')
        const details = { size: row.size, arrived }
        const subject = { subjectKind: 'attachment', subjectId: id }
        if (actor.kind === 'operator') await appendAudit(client, { workspaceId, actor, action: 'attachment.resume', ...subject, details })
      })
      return { id, upload, received, missingBytes: Math.max(0, row.size - arrived), expiresAt: expiresAt.toISOString() }
    },
  }
}

/** null for a key that is new. */
function answerOf(verdict: Awaited<ReturnType<typeof takeKeys>>[number]): AttachmentCreated | null {
  if (verdict.kind === 'replay') return JSON.parse(verdict.response) as AttachmentCreated
  if (verdict.kind === 'in-flight')
    throw new Fault('idempotency-in-flight', 'Try again when the first request has been answered', { retryAfterSeconds: 1 })
  if (verdict.kind === 'mismatch')
    throw new Fault('idempotency-mismatch', 'The key was used with another body or media type in the last 24 hours')
  return null
}

function givenUp(error: unknown): never {
  if (error instanceof ObjectStoreError && error.trouble === 'missing')
    throw new Fault('conflict', 'The object store has given this upload up: announce the file anew.', { cause: error })
  throw error
}
