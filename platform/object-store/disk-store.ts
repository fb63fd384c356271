// The embedded default: files in a folder, at signed URLs that the app serves itself. Every API process and worker of this machine
// shares the folder. What is there is whole: bytes are written beside it, forced to the disk, and put in place by a rename.
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createDiskGrants, type DiskGrant, type DiskGrants } from './disk-grant.ts'
import { receiveFile } from './receive-file.ts'
import { ObjectStoreError, type ObjectFacts, type ObjectStore, type ReceivedPart } from './object-store.ts'
import type { Readable } from 'node:stream'

/** What the app needs to serve the signed URLs. */
export interface ServedFiles {
  /** null for what was not signed here or has expired. */
  readGrant(token: string): DiskGrant | null
  /**
   * Takes the bytes of a put or part, as they come; resolves with the etag when they are on the disk. 'refused' when they are more or
   * fewer than granted. An upload whose client goes away leaves nothing behind.
   */
  receive(grant: Exclude<DiskGrant, { action: 'get' }>, bytes: Readable): Promise<{ etag: string }>
}

export interface DiskStore extends ObjectStore {
  kind: 'disk'
  served: ServedFiles
}

/** Path of a signed URL. */
export const diskPath = '/files/'

const safeKey = /^[a-z0-9][a-z0-9_-]*(\/[a-z0-9][a-z0-9_.-]*)*$/

/** Nothing is made on the disk before the first write. */
export function createDiskStore(options: { folder: string; secret: string; grants?: DiskGrants }): DiskStore {
  const grants = options.grants ?? createDiskGrants(options.secret)
  const objects = join(options.folder, 'objects')
  const parts = join(options.folder, 'parts')
  const urlOf = (origin: string, grant: DiskGrant): string => `${origin}${diskPath}${grants.sign(grant)}`

  /** Keys are made by us; one that could leave the folder is a defect. */
  function placeOf(key: string): string {
    if (!safeKey.test(key) || key.includes('..')) throw new Error(`${key} is no key of an object`)
    return join(objects, key)
  }

  function partsFolder(uploadId: string): string {
    if (!/^[0-9a-f-]{36}$/.test(uploadId)) throw new ObjectStoreError('missing', 'There is no such upload')
    return join(parts, uploadId)
  }

  async function putInPlace(temporary: string, place: string): Promise<void> {
    await mkdir(dirname(place), { recursive: true })
    await rename(temporary, place)
    await syncFolder(dirname(place))
  }

  const store: DiskStore = {
    kind: 'disk',
    publicOrigin: null,
    served: {
      readGrant: (token) => grants.read(token, Date.now()),
      receive: (grant, bytes) =>
        onDisk(async () => {
          const temporary = join(options.folder, 'incoming', randomUUID())
          await mkdir(dirname(temporary), { recursive: true })
          try {
            const { etag } = await receiveFile(bytes, temporary, grant.size)
            if (grant.action === 'put') await putInPlace(temporary, placeOf(grant.key))
            else {
              // The folder is made when the upload begins: without it the upload was completed or aborted.
              await stat(partsFolder(grant.uploadId))
              await rename(temporary, join(partsFolder(grant.uploadId), partName(grant.number, etag)))
            }
            return { etag }
          } finally {
            await rm(temporary, { force: true })
          }
        }),
    },
    signUpload({ key, contentType, size, expiresAt, origin }) {
      const grant: DiskGrant = { action: 'put', key, contentType, size, expiresAtMs: expiresAt.getTime() }
      return Promise.resolve({ url: urlOf(origin, grant), method: 'PUT', headers: { 'content-type': contentType } })
    },
    startParts: (key, contentType) =>
      onDisk(async () => {
        const uploadId = randomUUID()
        await mkdir(partsFolder(uploadId), { recursive: true })
        await writeFile(join(partsFolder(uploadId), beginning), JSON.stringify({ key, contentType }))
        return uploadId
      }),
    signPart: ({ key, uploadId, number, size, expiresAt, origin }) =>
      Promise.resolve(urlOf(origin, { action: 'part', key, uploadId, number, size, expiresAtMs: expiresAt.getTime() })),
    listParts: (_key, uploadId) =>
      onDisk(async () => {
        const folder = partsFolder(uploadId)
        const newest = new Map<number, ReceivedPart & { at: number }>()
        for (const name of await readdir(folder)) {
          const [, number, etag] = partNamed.exec(name) ?? []
          if (number === undefined || etag === undefined) continue
          const { size, mtimeMs } = await stat(join(folder, name))
          if (mtimeMs >= (newest.get(Number(number))?.at ?? 0))
            newest.set(Number(number), { number: Number(number), size, etag, at: mtimeMs })
        }
        return [...newest.values()].sort((a, b) => a.number - b.number).map(({ number, size, etag }) => ({ number, size, etag }))
      }),
    async *listUploads(prefix) {
      for (const uploadId of (await readdir(parts).catch(unlessMissing)) ?? []) {
        const begun = join(parts, uploadId, beginning)
        // Completed or aborted while we look.
        const startedAt = (await stat(begun).catch(unlessMissing))?.mtime
        const text = await readFile(begun, 'utf8').catch(unlessMissing)
        if (!startedAt || text === null) continue
        const { key } = JSON.parse(text) as { key: string }
        if (key.startsWith(prefix)) yield { key, uploadId, startedAt }
      }
    },
    completeParts: (key, uploadId, given) =>
      onDisk(async () => {
        const folder = partsFolder(uploadId)
        const known = new Set(await readdir(folder))
        const inOrder = [...given].sort((a, b) => a.number - b.number)
        const missing = inOrder.find((part) => !known.has(partName(part.number, bareTag(part.etag))))
        if (missing) throw new ObjectStoreError('refused', `Part ${missing.number} was not uploaded with this etag`)
        const temporary = join(folder, `whole-${randomUUID()}`)
        await pipeline(
          async function* () {
            for (const part of inOrder) yield* createReadStream(join(folder, partName(part.number, bareTag(part.etag))))
          },
          createWriteStream(temporary, { flush: true }),
        )
        await putInPlace(temporary, placeOf(key))
        await rm(folder, { recursive: true, force: true })
      }),
    abortParts: (_key, uploadId) => onDisk(() => rm(partsFolder(uploadId), { recursive: true, force: true })),
    signDownload: ({ key, contentType, disposition, expiresAt, origin }) =>
      Promise.resolve(urlOf(origin, { action: 'get', key, contentType, disposition, expiresAtMs: expiresAt.getTime() })),
    find: (key) =>
      onDisk(async () => {
        const facts = await stat(placeOf(key)).catch(unlessMissing)
        return facts ? { key, size: facts.size, modifiedAt: facts.mtime } : null
      }),
    read: (key) =>
      onDisk(async () => {
        const file = await open(placeOf(key), 'r')
        return file.createReadStream()
      }),
    write: (key, bytes) =>
      onDisk(async () => {
        const temporary = join(options.folder, 'incoming', randomUUID())
        await mkdir(dirname(temporary), { recursive: true })
        await writeFile(temporary, bytes, { flush: true })
        await putInPlace(temporary, placeOf(key))
      }),
    move: (from, to) =>
      onDisk(async () => {
        if (!(await stat(placeOf(from)).catch(unlessMissing))) {
          await stat(placeOf(to))
          return
        }
        await putInPlace(placeOf(from), placeOf(to))
      }),
    remove: (key) => onDisk(() => rm(placeOf(key), { force: true })),
    async *list(prefix) {
      for await (const file of filesBelow(objects)) {
        const key = relative(objects, file).split(sep).join('/')
        if (!key.startsWith(prefix)) continue
        const facts: ObjectFacts | null = await store.find(key)
        if (facts) yield facts
      }
    },
    check: () => onDisk(() => mkdir(objects, { recursive: true }).then(() => undefined)),
    close: () => Promise.resolve(),
  }
  return store
}

/** In the folder of each upload: what it is of. */
const beginning = 'upload.json'
const partNamed = /^(\d+)\.([0-9a-f]{32})$/
const partName = (number: number, etag: string): string => `${number}.${etag}`
const bareTag = (etag: string): string => etag.replaceAll('"', '').replaceAll(/[^0-9a-f]/g, '')

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}

/** What the system says, in the port's words. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ObjectStoreError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ObjectStoreError('missing', 'There is no such object', error)
    if (code === undefined || code.startsWith('ERR_')) throw error
    throw new ObjectStoreError('unavailable', `The disk says ${code}: ${message}`, error)
  }
}

/** A rename is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(unlessMissing)
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}
