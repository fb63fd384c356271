// The port: where the bytes of files live. Two implementations, disk and S3, pass one suite (tests/conformance/object-store.test.ts).
// Clients send and fetch bytes at signed URLs, so that none passes through JSON; we ourselves only ever see streams.
import type { Readable } from 'node:stream'

/** What a client does to upload one object: `fields` make it a form (POST) with the file last, `headers` go with a PUT. */
export interface UploadTicket {
  url: string
  method: 'PUT' | 'POST'
  headers?: Record<string, string>
  fields?: Record<string, string>
}

export interface UploadGrant {
  key: string
  /** The only media type that is taken. */
  contentType: string
  /** The only size that is taken, in bytes. */
  size: number
  expiresAt: Date
  /** Where clients reach this app, without a slash at the end: for a store that the app serves itself. */
  origin: string
}

export interface PartGrant {
  key: string
  uploadId: string
  /** 1 to 10,000. */
  number: number
  /** Bytes of this part: all but the last have at least 5 MiB. */
  size: number
  expiresAt: Date
  origin: string
}

export interface ReceivedPart {
  number: number
  /** In bytes. */
  size: number
  /** Without quotes. The MD5 of the bytes in hexadecimal digits, unless the store encrypts them with a key of its own. */
  etag: string
}

export interface UnfinishedUpload {
  key: string
  uploadId: string
  startedAt: Date
}

export interface DownloadGrant {
  key: string
  /** What the answer says it is, whatever was uploaded. */
  contentType: string
  /** The whole Content-Disposition header. */
  disposition: string
  expiresAt: Date
  origin: string
}

export interface ObjectFacts {
  key: string
  size: number
  modifiedAt: Date
}

export interface ObjectStore {
  readonly kind: 'disk' | 's3'
  /** Where browsers send and fetch bytes besides our own address; null = nowhere. For the pages' security policy. */
  readonly publicOrigin: string | null
  signUpload(grant: UploadGrant): Promise<UploadTicket>
  /** Begins an upload in parts; its id. */
  startParts(key: string, contentType: string): Promise<string>
  /** The URL that takes this part by PUT and answers with its `etag`. The last one counts, when a part comes twice. */
  signPart(grant: PartGrant): Promise<string>
  /** Parts that have arrived, by number. 'missing' when the upload was completed, aborted or given up by the store. */
  listParts(key: string, uploadId: string): Promise<ReceivedPart[]>
  /** Uploads in parts below `prefix` that are neither completed nor aborted; a store that does not tell (MinIO) ends them itself. */
  listUploads(prefix: string): AsyncGenerator<UnfinishedUpload>
  /** Makes one object of the parts, in the order of their numbers. 'refused' when a part is missing, other, or too small. */
  completeParts(key: string, uploadId: string, parts: { number: number; etag: string }[]): Promise<void>
  /** Forgets the parts; an unknown upload is fine. */
  abortParts(key: string, uploadId: string): Promise<void>
  signDownload(grant: DownloadGrant): Promise<string>
  /** null = there is no such object. */
  find(key: string): Promise<ObjectFacts | null>
  /** 'missing' when there is none. The stream must be read to its end or destroyed. */
  read(key: string): Promise<Readable>
  /** For small things of our own. Whole or not at all. */
  write(key: string, bytes: Uint8Array, contentType: string): Promise<void>
  /** Afterwards nothing is left at `from`. Done already (nothing at `from`, something at `to`): fine. 'missing' when neither is there. */
  move(from: string, to: string): Promise<void>
  /** What is not there is fine. */
  remove(key: string): Promise<void>
  /** Every object below `prefix`, in no order. */
  list(prefix: string): AsyncGenerator<ObjectFacts>
  /** Throws 'unavailable' when the store does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

/** missing: no such object or upload. refused: the request is at fault. unavailable: try again later. */
export type ObjectStoreTrouble = 'missing' | 'refused' | 'unavailable'

export class ObjectStoreError extends Error {
  readonly trouble: ObjectStoreTrouble

  constructor(trouble: ObjectStoreTrouble, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ObjectStoreError'
    this.trouble = trouble
  }
}

/** True when waiting may help. */
export function isStoreUnavailable(error: unknown): boolean {
  return error instanceof ObjectStoreError && error.trouble === 'unavailable'
}
