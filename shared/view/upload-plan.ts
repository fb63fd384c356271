// What an upload sends where, and how much of it is done. No browser in here: the composable sends, this decides.
import type { AttachmentState, AttachmentSummary, AttachmentUpload } from '../contracts/attachment.ts'
import type { Lamp } from './status-view.ts'

export interface UploadPiece {
  /** 0 = the whole file in one piece. */
  number: number
  url: string
  from: number
  to: number
}

/** The pieces of a file of `size` bytes, in order; of a file in parts, those whose etag is not known yet. */
export function piecesOf(upload: AttachmentUpload, size: number, done: ReadonlyMap<number, string> = new Map()): UploadPiece[] {
  if (!upload.parts) return [{ number: 0, url: upload.url ?? '', from: 0, to: size }]
  const partSize = upload.partSize ?? size
  return upload.parts
    .filter((part) => !done.has(part.number))
    .map(({ number, url }) => ({ number, url, from: (number - 1) * partSize, to: Math.min(size, number * partSize) }))
}

/** Bytes of the parts that are done. */
export function bytesDone(upload: AttachmentUpload, size: number, done: ReadonlyMap<number, string>): number {
  const partSize = upload.partSize ?? size
  return [...done.keys()].reduce((sum, number) => sum + Math.min(size, number * partSize) - (number - 1) * partSize, 0)
}

export interface ChosenFile {
  name: string
  size: number
  /** Milliseconds since 1970, as a browser's File has it. */
  lastModified: number
}

/** The unfinished upload of this very file: same name, same size, not changed since; undefined when there is none. */
export function unfinishedOf<U extends Pick<AttachmentSummary, 'filename' | 'size' | 'modifiedAt'>>(
  unfinished: readonly U[],
  file: ChosenFile,
): U | undefined {
  return unfinished.find(
    ({ filename, size, modifiedAt }) =>
      filename === file.name && size === file.size && modifiedAt !== null && Date.parse(modifiedAt) === file.lastModified,
  )
}

/** Why this file cannot go on with that upload, or null. One that was changed since may: its parts are compared one by one. */
export function otherFile(
  upload: Pick<AttachmentSummary, 'filename' | 'size'>,
  file: ChosenFile,
): { what: 'name' | 'size'; wanted: string; chosen: string } | null {
  if (file.name !== upload.filename) return { what: 'name', wanted: upload.filename, chosen: file.name }
  if (file.size !== upload.size) return { what: 'size', wanted: formatBytesExactly(upload.size), chosen: formatBytesExactly(file.size) }
  return null
}

const formatBytesExactly = (bytes: number): string => `${bytes.toLocaleString('en')} bytes`

/** A browser's guess, which may be empty or carry parameters, as the API takes it. */
export function mediaTypeOf(guess: string): string {
  const type = guess.split(';')[0]!.trim().toLowerCase()
  return /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/.test(type) ? type : 'application/octet-stream'
}

export const attachmentLamps: Record<AttachmentState, Lamp> = {
  created: 'none',
  uploading: 'none',
  checking: 'warn',
  ready: 'ok',
  rejected: 'fail',
}
