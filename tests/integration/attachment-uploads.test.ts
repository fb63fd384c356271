// Uploads that do not go as planned: a store that hangs, a process that dies in between, a client that comes back and goes on.
import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectStore } from '#platform/object-store/index.ts'
import { createAttachments } from '#services/attachments/index.ts'
import { removeStrays } from '#services/attachments/collect-strays.ts'
import { newUuid, parsePublicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, fileBytes, sha256 } from '../support/files.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let folder: string
let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiCall

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-uploads-'))
  platform = await openTestPlatform({ environment: { SIGNALBOX_DATA: folder } })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
})
afterAll(async () => {
  await http.close()
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

const large = { filename: 'large.bin', contentType: 'application/octet-stream', size: 70 * 1024 * 1024 }
const actor = { kind: 'api-key', id: newUuid(), name: 'a test' } as const
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** The same files, by a store that does some things another way. */
function filesOver(changed: Partial<ObjectStore>, partBytes = 2 ** 24) {
  const limits = { fileBytes: 2 ** 30, workspaceBytes: 2 ** 40, partBytes }
  const store = { ...app.objectStore, ...changed }
  return createAttachments({ pool: platform.pool, store, scanner: undefined, log: platform.log, limits })
}
const ofKey = (key: string) => ({ route: 'POST /attachments', key, requestHash: Buffer.alloc(32, 1) })
const rowsNamed = async (filename: string): Promise<number> =>
  (await platform.pool.query('SELECT 1 FROM attachment WHERE workspace_id = $1 AND filename = $2', [platform.workspaceId, filename]))
    .rowCount!
const roomTaken = async (): Promise<number> =>
  Number(
    (await platform.pool.query('SELECT bytes FROM attachment_usage WHERE workspace_id = $1', [platform.workspaceId])).rows[0]?.bytes ?? 0,
  )
async function unfinishedUploads(): Promise<string[]> {
  const found = []
  for await (const { uploadId } of app.objectStore.listUploads(`files/${platform.workspaceId}/`)) found.push(uploadId)
  return found
}

/** A store that takes note of who asks for parts, and answers when it is told to. */
function hangingStore() {
  const { promise, resolve: answer } = Promise.withResolvers<undefined>()
  let asked = 0
  return {
    asked: () => asked,
    answer: () => answer(undefined),
    changed: {
      async startParts(key: string, contentType: string) {
        asked++
        await promise
        return app.objectStore.startParts(key, contentType)
      },
    } satisfies Partial<ObjectStore>,
  }
}

describe('a store that hangs', () => {
  test('holds no connection and no lock: events are accepted, other files announced', async () => {
    const before = await roomTaken()
    const hanging = hangingStore()
    const files = filesOver(hanging.changed)
    // More than the pool has connections.
    const waiting = Array.from({ length: 12 }, (_, at) =>
      files.create(platform.workspaceId, actor, { ...large, filename: 'hanging.bin' }, http.url, ofKey(`hanging-${at}`)),
    )
    await eventually(() => hanging.asked() === waiting.length)
    expect((await api('POST', '/events', { type: 'a.b', recipients: [] })).status).toBe(202)
    const other = await api('POST', '/attachments', { filename: 'other.txt', contentType: 'text/plain', size: 5 })
    expect(other.status).toBe(201)
    expect((await api('POST', '/attachments', { ...large, filename: 'another.bin' })).status).toBe(201)
    await eventually(() => platform.pool.idleCount === platform.pool.totalCount && platform.pool.waitingCount === 0)
    // What hangs would hold them for good; others may have one for a moment.
    await eventually(async () => {
      const { rows } = await platform.pool.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
      )
      return rows[0].n === 0
    })
    expect(await rowsNamed('hanging.bin')).toBe(0)

    hanging.answer()
    await Promise.all(waiting)
    expect(await rowsNamed('hanging.bin')).toBe(waiting.length)
    expect(await roomTaken()).toBe(before + large.size * (waiting.length + 1) + 5)
  })

  test('makes one file of one key that comes twice, and keeps no upload of the other', async () => {
    const hanging = hangingStore()
    const files = filesOver(hanging.changed)
    const uploads = await unfinishedUploads()
    const twice = [1, 2].map(() =>
      files
        .create(platform.workspaceId, actor, { ...large, filename: 'twice.bin' }, http.url, ofKey('twice'))
        .catch((error: unknown) => error),
    )
    await eventually(() => hanging.asked() === 2)
    hanging.answer()
    const answers = (await Promise.all(twice)) as any[]
    const made = answers.filter((answer) => answer.replayed === false)
    expect(made).toHaveLength(1)
    // The other one came after it and got its answer, or at the same moment.
    const [other] = answers.filter((answer) => answer !== made[0])
    if (other instanceof Error) expect(other).toMatchObject({ code: 'idempotency-in-flight' })
    else expect(other).toEqual({ body: made[0].body, replayed: true })
    expect(await rowsNamed('twice.bin')).toBe(1)
    await eventually(async () => (await unfinishedUploads()).length === uploads.length + 1)
    // The answer is kept: nobody asks the store again.
    const again = await files.create(platform.workspaceId, actor, { ...large, filename: 'twice.bin' }, http.url, ofKey('twice'))
    expect([again.replayed, again.body, hanging.asked()]).toEqual([true, made[0].body, 2])
  })
})

describe('a process that dies between the store and the row', () => {
  test('leaves no room taken and no key; the same request makes the file, and the upload without one is ended', async () => {
    const before = await roomTaken()
    const uploads = await unfinishedUploads()
    const dying = filesOver({
      signPart: () => Promise.reject(new Error('died here')),
      abortParts: () => Promise.reject(new Error('died before')),
    })
    const input = { ...large, filename: 'died.bin' }
    await expect(dying.create(platform.workspaceId, actor, input, http.url, ofKey('died'))).rejects.toThrow('died here')
    expect([await rowsNamed('died.bin'), await roomTaken()]).toEqual([0, before])
    const left = (await unfinishedUploads()).filter((uploadId) => !uploads.includes(uploadId))
    expect(left).toHaveLength(1)

    const again = await filesOver({}).create(platform.workspaceId, actor, input, http.url, ofKey('died'))
    expect([again.replayed, await rowsNamed('died.bin')]).toEqual([false, 1])

    const open = (await unfinishedUploads()).filter((uploadId) => !left.includes(uploadId))
    const sweep = () => removeStrays({ pool: platform.pool, store: app.objectStore, isClosed: () => false })
    await sweep()
    expect(await unfinishedUploads()).toContain(left[0])
    const longAgo = new Date(Date.now() - 3 * 86_400_000)
    for (const uploadId of [...left, ...open]) await utimes(join(folder, 'files/parts', uploadId, 'upload.json'), longAgo, longAgo)
    await sweep()
    // Those that have a row are the collector's by their own time.
    expect((await unfinishedUploads()).sort()).toEqual(open.sort())
  })
})

test('what lies in the store goes when it is old and no file stands for it; files, and what is young, stay', async () => {
  const { id } = (await api('POST', '/attachments', { filename: 'kept.txt', contentType: 'text/plain', size: 5 })).body
  const place = (prefix: string, name: string): string => `${prefix}/${platform.workspaceId}/${name}`
  const prefixes = ['incoming', 'files', 'thumbnails']
  const kept = prefixes.map((prefix) => place(prefix, parsePublicId('attachment', id)!))
  const [stray, young] = [newUuid(), newUuid()].map((name) => prefixes.map((prefix) => place(prefix, name)))
  // Uploaded once more when it was checked already: counted nowhere.
  const note = { filename: 'again.txt', contentType: 'text/plain' }
  const ready = (await addFile(api, Buffer.from('hello'), note)).id
  const again = place('incoming', parsePublicId('attachment', ready)!)
  // Not ours: nothing that this program writes has such a name.
  const unknown = place('files', 'notes-of-somebody')
  for (const key of [...kept, ...stray!, ...young!, again, unknown]) await app.objectStore.write(key, Buffer.from('hello'), 'text/plain')
  const longAgo = new Date(Date.now() - 3 * 86_400_000)
  for (const key of [...kept, ...stray!, again, unknown]) await utimes(join(folder, 'files/objects', key), longAgo, longAgo)
  await removeStrays({ pool: platform.pool, store: app.objectStore, isClosed: () => false })
  const left = async (keys: string[]): Promise<number> =>
    (await Promise.all(keys.map((key) => app.objectStore.find(key)))).filter((found) => found !== null).length
  expect([await left(kept), await left(stray!), await left(young!), await left([unknown])]).toEqual([3, 0, 3, 1])
  expect([await left([again]), await left([again.replace('incoming', 'files')])]).toEqual([0, 1])
})

test('a store that gives fewer bytes than there are leaves the file unchecked', async () => {
  const { id, upload } = (await api('POST', '/attachments', { filename: 'cut.txt', contentType: 'text/plain', size: 5 })).body
  expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: 'hello' })).status).toBe(200)
  const cutting = filesOver({ read: () => Promise.resolve(Readable.from([Buffer.from('hel')])) })
  const checked = await cutting.complete(platform.workspaceId, id, {}, http.url)
  expect(checked).toMatchObject({ state: 'checking', reason: 'waits for the object store' })
})

describe('an upload that broke off', () => {
  const bytes = fileBytes(large.size)
  const partOf = (number: number, partSize: number) => bytes.subarray((number - 1) * partSize, number * partSize)
  const put = async (url: string, body: Buffer, headers: Record<string, string> = {}) =>
    expect((await fetch(url, { method: 'PUT', body: body as never, headers })).status).toBe(200)
  const resume = (id: string) => api('POST', `/attachments/${id}/resume`)
  const uploadUntil = async (id: string): Promise<Date> =>
    (await platform.pool.query('SELECT upload_until AS at FROM attachment WHERE id = $1', [parsePublicId('attachment', id)])).rows[0].at

  test('goes on with the parts that are there', async () => {
    const modifiedAt = '2026-01-02T03:04:05.678Z'
    const { id, upload } = (await api('POST', '/attachments', { ...large, modifiedAt })).body
    expect((await api('GET', '/attachments?state=uploading')).body.items[0]).toMatchObject({ id, modifiedAt })
    for (const number of [4, 2]) await put(upload.parts[number - 1].url, partOf(number, upload.partSize))

    const { status, body } = await resume(id)
    expect(status).toBe(200)
    const { partSize, parts } = body.upload
    expect(body.received).toEqual([2, 4].map((number) => ({ number, size: partSize, etag: md5(partOf(number, partSize)) })))
    expect(body.missingBytes).toBe(large.size - 2 * partSize)
    const etags = [...body.received]
    for (const { number, url } of parts.filter((part: any) => ![2, 4].includes(part.number))) {
      await put(url, partOf(number, partSize))
      etags.push({ number, etag: md5(partOf(number, partSize)) })
    }
    expect((await resume(id)).body.missingBytes).toBe(0)
    const complete = { parts: etags.map(({ number, etag }) => ({ number, etag })) }
    expect((await api('POST', `/attachments/${id}/complete`, complete)).body).toMatchObject({ state: 'ready', sha256: sha256(bytes) })
    expect(await resume(id)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('ready') } })
  })

  test('goes on in parts of the size it was announced with, whatever is set meanwhile', async () => {
    const small = 5 * 1024 * 1024
    const input = { ...large, size: 4 * small + 1 }
    const origin = 'http://localhost'
    const { body } = await filesOver({}, small).create(platform.workspaceId, actor, input, origin)
    expect(body.upload).toMatchObject({ partSize: small })
    expect(body.upload.parts).toHaveLength(5)
    const { pathname, search } = new URL(body.upload.parts![4]!.url)
    await put(http.url + pathname + search, partOf(1, 1))
    const resumed = await filesOver({}, 2 ** 24).resume(platform.workspaceId, actor, body.id, origin)
    expect(resumed).toMatchObject({ upload: { partSize: small }, received: [{ number: 5, size: 1 }], missingBytes: 4 * small })
    const whole = await filesOver({}, small).create(platform.workspaceId, actor, { ...input, size: 4 * small }, origin)
    expect(whole.body.upload.parts).toBeUndefined()
  })

  test('in one piece goes on with the whole of it, or with what is there', async () => {
    const { id } = (await api('POST', '/attachments', { filename: 'a.txt', contentType: 'text/plain', size: 5 })).body
    const first = (await resume(id)).body
    expect(first).toMatchObject({ received: [], missingBytes: 5, upload: { method: 'PUT' } })
    await put(first.upload.url, Buffer.from('hello'), first.upload.headers)
    expect((await resume(id)).body.missingBytes).toBe(0)
    expect((await api('POST', `/attachments/${id}/complete`)).body.state).toBe('ready')
  })

  test('has more time each time, up to a day after it was announced', async () => {
    const { id } = (await api('POST', '/attachments', large)).body
    const set = (column: string, hours: number) =>
      platform.pool.query(`UPDATE attachment SET ${column} = now() - $2 * interval '1 hour' WHERE id = $1`, [
        parsePublicId('attachment', id),
        hours,
      ])
    await set('upload_until', 0)
    await set('created_at', 20)
    const { expiresAt } = (await resume(id)).body
    expect(await uploadUntil(id)).toEqual(new Date(expiresAt))
    const hours = (Date.parse(expiresAt) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(2.5)
    expect(hours).toBeLessThanOrEqual(3)
    await set('created_at', 24)
    expect((await resume(id)).status).toBe(409)
  })

  test('is nobody else’s, and ends when the store has given it up', async () => {
    const { id } = (await api('POST', '/attachments', large)).body
    const stranger = createApiClient(http.url, (await platform.addWorkspace()).apiKey).call
    expect((await stranger('POST', `/attachments/${id}/resume`)).status).toBe(404)
    const { rows } = await platform.pool.query('SELECT upload_id AS "uploadId" FROM attachment WHERE id = $1', [
      parsePublicId('attachment', id),
    ])
    await app.objectStore.abortParts('', rows[0].uploadId)
    expect(await resume(id)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('given this upload up') } })
  })
})
