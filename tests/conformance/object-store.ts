// What every object store promises: object-store.test.ts holds it against the disk, object-store.servers.test.ts against a real MinIO.
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ObjectStoreError, type ObjectStore, type UploadTicket } from '#platform/object-store/index.ts'

export interface Place {
  store: ObjectStore
  origin: string
  close(): Promise<void>
}

/** Uploads as a client does who was given a ticket. */
async function upload(ticket: UploadTicket, bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  if (ticket.method === 'PUT')
    return fetch(ticket.url, { method: 'PUT', headers: { ...ticket.headers, ...headers }, body: Buffer.from(bytes) })
  const form = new FormData()
  for (const [name, value] of Object.entries({
    ...ticket.fields,
    ...(headers['content-type'] ? { 'Content-Type': headers['content-type'] } : {}),
  }))
    form.append(name, value)
  form.append('file', new Blob([Buffer.from(bytes)]))
  return fetch(ticket.url, { method: 'POST', body: form })
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const each of source) found.push(each)
  return found
}

const soon = (): Date => new Date(Date.now() + 60_000)
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const trouble = (kind: string) => (error: unknown) => error instanceof ObjectStoreError && error.trouble === kind
const partBytes = 5 * 1024 * 1024

/** Runs the suite; `open` gives the store with the origin that serves its URLs where the app does. */
export function holdObjectStore(name: string, open: () => Promise<Place>): void {
  describe(`the object store: ${name}`, () => {
    let place: Place
    let store: ObjectStore
    let count = 0
    const newKey = (): string => `incoming/test/${Date.now()}-${count++}`

    beforeAll(async () => {
      place = await open()
      store = place.store
    }, 60_000)
    afterAll(() => place?.close())

    const granted = (key: string, size: number, contentType = 'text/plain', expiresAt = soon()) =>
      store.signUpload({ key, contentType, size, expiresAt, origin: place.origin })

    test('answers when it is there', async () => {
      await store.check()
    })

    test('keeps what was uploaded at a signed URL, byte by byte', async () => {
      const key = newKey()
      const bytes = randomBytes(200_000)
      const answer = await upload(await granted(key, bytes.length), bytes)
      expect(answer.status, await answer.text()).toBeLessThan(300)
      expect(await store.find(key)).toMatchObject({ key, size: bytes.length })
      expect(sha(await buffer(await store.read(key)))).toBe(sha(bytes))
    })

    test('refuses more bytes than granted, fewer, and another type, and keeps nothing of them', async () => {
      const key = newKey()
      const ticket = await granted(key, 1_000)
      expect((await upload(ticket, randomBytes(1_001))).status).toBeGreaterThanOrEqual(400)
      expect((await upload(ticket, randomBytes(999))).status).toBeGreaterThanOrEqual(400)
      expect((await upload(ticket, randomBytes(1_000), { 'content-type': 'text/html' })).status).toBeGreaterThanOrEqual(400)
      expect(await store.find(key)).toBeNull()
      expect((await upload(ticket, randomBytes(1_000))).status).toBeLessThan(300)
    })

    test('refuses a URL that has expired, and one that somebody changed', async () => {
      const key = newKey()
      const late = await granted(key, 10, 'text/plain', new Date(Date.now() - 1_000))
      expect((await upload(late, randomBytes(10))).status).toBeGreaterThanOrEqual(400)
      const ticket = await granted(key, 10)
      const forged: UploadTicket =
        ticket.method === 'PUT'
          ? { ...ticket, url: ticket.url.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')).replace(/\/files\/./, '/files/f') }
          : { ...ticket, fields: { ...ticket.fields, key: newKey() } }
      expect((await upload(forged, randomBytes(10))).status).toBeGreaterThanOrEqual(400)
      expect(await store.find(key)).toBeNull()
    })

    test('gives out at a signed URL what it was told to say, and not after its end', async () => {
      const key = newKey()
      await store.write(key, Buffer.from('<svg/>'), 'image/svg+xml')
      const grant = { key, contentType: 'application/octet-stream', disposition: 'attachment; filename="a.svg"', origin: place.origin }
      const url = await store.signDownload({ ...grant, expiresAt: soon() })
      const answer = await fetch(url)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a.svg"')
      expect(await answer.text()).toBe('<svg/>')
      const short = await store.signDownload({ ...grant, expiresAt: new Date(Date.now() + 1_000) })
      await expect.poll(async () => (await fetch(short)).status, { timeout: 20_000, interval: 500 }).toBeGreaterThanOrEqual(400)
      expect((await fetch(url.replace(/.{3}$/, 'xyz'))).status).toBeGreaterThanOrEqual(400)
    })

    test('puts parts together in the order of their numbers', async () => {
      const key = newKey()
      const parts = [randomBytes(partBytes), randomBytes(partBytes), randomBytes(1_234)]
      const uploadId = await store.startParts(key, 'application/pdf')
      const etags = []
      for (const number of [3, 1, 2]) {
        const body = parts[number - 1]!
        const url = await store.signPart({ key, uploadId, number, size: body.length, expiresAt: soon(), origin: place.origin })
        const answer = await fetch(url, { method: 'PUT', body })
        expect(answer.status, await answer.text()).toBe(200)
        etags.push({ number, etag: answer.headers.get('etag')! })
      }
      expect(await store.find(key)).toBeNull()
      await expect(store.completeParts(key, uploadId, [{ number: 1, etag: '"0123456789abcdef0123456789abcdef"' }])).rejects.toSatisfy(
        trouble('refused'),
      )
      await store.completeParts(key, uploadId, etags)
      expect(sha(await buffer(await store.read(key)))).toBe(sha(Buffer.concat(parts)))
    })

    test('tells which parts have arrived, each with the MD5 of what came last, until the upload is over', async () => {
      const key = newKey()
      const uploadId = await store.startParts(key, 'application/pdf')
      const parts = [randomBytes(partBytes), randomBytes(77)]
      const send = async (number: number, body: Buffer) => {
        const url = await store.signPart({ key, uploadId, number, size: body.length, expiresAt: soon(), origin: place.origin })
        const answer = await fetch(url, { method: 'PUT', body: body as never })
        expect(answer.status, await answer.text()).toBe(200)
      }
      expect(await store.listParts(key, uploadId)).toEqual([])
      await send(2, randomBytes(77))
      await send(2, parts[1]!)
      await send(1, parts[0]!)
      const received = await store.listParts(key, uploadId)
      expect(received).toEqual(parts.map((bytes, at) => ({ number: at + 1, size: bytes.length, etag: md5(bytes) })))
      const unfinished = await all(store.listUploads(key))
      expect(unfinished).toMatchObject([{ key, uploadId }])
      expect(Math.abs(unfinished[0]!.startedAt.getTime() - Date.now())).toBeLessThan(600_000)

      await store.completeParts(key, uploadId, received)
      expect(sha(await buffer(await store.read(key)))).toBe(sha(Buffer.concat(parts)))
      await expect(store.listParts(key, uploadId)).rejects.toSatisfy(trouble('missing'))
      expect(await all(store.listUploads(key))).toEqual([])
    })

    test('forgets an upload that was aborted, once or twice', async () => {
      const key = newKey()
      const uploadId = await store.startParts(key, 'text/plain')
      const url = await store.signPart({ key, uploadId, number: 1, size: 10, expiresAt: soon(), origin: place.origin })
      await store.abortParts(key, uploadId)
      await store.abortParts(key, uploadId)
      expect((await fetch(url, { method: 'PUT', body: randomBytes(10) })).status).toBeGreaterThanOrEqual(400)
      await expect(store.listParts(key, uploadId)).rejects.toSatisfy(trouble('missing'))
      await expect(store.completeParts(key, uploadId, [{ number: 1, etag: 'a' }])).rejects.toSatisfy(trouble('missing'))
    })

    test('moves, as often as it is told, and says when there is nothing to move', async () => {
      const from = newKey()
      const to = newKey().replace('incoming/', 'kept/')
      await store.write(from, Buffer.from('hello'), 'text/plain')
      await store.move(from, to)
      await store.move(from, to)
      expect(await store.find(from)).toBeNull()
      expect(await buffer(await store.read(to))).toEqual(Buffer.from('hello'))
      await expect(store.move(newKey(), newKey())).rejects.toSatisfy(trouble('missing'))
    })

    test('removes, and finds nothing afterwards', async () => {
      const key = newKey()
      await store.write(key, Buffer.from('x'), 'text/plain')
      await store.remove(key)
      await store.remove(key)
      expect(await store.find(key)).toBeNull()
      await expect(store.read(key)).rejects.toSatisfy(trouble('missing'))
    })

    test('lists what lies below a prefix', async () => {
      const prefix = `listed/${Date.now()}/`
      for (const name of ['a', 'b/c']) await store.write(prefix + name, Buffer.from(name), 'text/plain')
      const found = (await all(store.list(prefix))).map((each) => [each.key.slice(prefix.length), each.size])
      expect(found.sort()).toEqual([
        ['a', 1],
        ['b/c', 3],
      ])
      expect(await all(store.list('nothing/here/'))).toEqual([])
    })
  })
}
