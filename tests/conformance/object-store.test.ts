import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDiskStore, type DiskStore } from '#platform/object-store/index.ts'
import { answerFile } from '../../server/utils/answer-file.ts'
import { eventually } from '../support/eventually.ts'
import { holdObjectStore, type Place } from './object-store.ts'

/** The disk store with the app's own way of serving its URLs. */
async function openDisk(): Promise<Place & { folder: string; store: DiskStore }> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-objects-'))
  const store: DiskStore = createDiskStore({ folder, secret: 'a secret of the tests, long enough for the schema' })
  const server: Server = createServer((req, res) => void answerFile(store, (req.url ?? '').slice('/files/'.length), req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    folder,
    store,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      // What was cut off is cleared away a moment after its connection.
      await eventually(async () => {
        expect(await readdir(join(folder, 'incoming')), 'half uploads stay behind').toEqual([])
        return true
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

holdObjectStore('disk', openDisk)

async function openHere() {
  const place = await openDisk()
  onTestFinished(() => place.close())
  return place
}
const soon = (): Date => new Date(Date.now() + 600_000)

/** Sizes of all files below the folder. */
async function sizesIn(folder: string): Promise<number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size))
}

test('nothing is seen of an upload that is on its way', async () => {
  const { folder, store, origin } = await openHere()
  const [key, half] = ['incoming/test/half', 100_000]
  const { url, headers } = await store.signUpload({ key, contentType: 'text/plain', size: 2 * half, expiresAt: soon(), origin })
  const sending = request(url, { method: 'PUT', headers: { ...headers, 'content-length': 2 * half } })
  const answered = new Promise<number>((resolve, reject) => {
    sending.once('response', (answer) => resolve(answer.resume().statusCode!)).once('error', reject)
  })
  sending.write(Buffer.alloc(half, 'a'))
  await eventually(async () => (await sizesIn(folder)).includes(half))
  expect(await store.find(key)).toBeNull()
  sending.end(Buffer.alloc(half, 'b'))
  expect(await answered).toBe(200)
  expect(await store.find(key)).toMatchObject({ size: 2 * half })
})

test('nothing is seen of parts that cannot be put together', async () => {
  const { folder, store, origin } = await openHere()
  const key = 'files/test/whole'
  const uploadId = await store.startParts(key, 'text/plain')
  const put = async (number: number, body: string): Promise<Response> => {
    const url = await store.signPart({ key, uploadId, number, size: body.length, expiresAt: soon(), origin })
    return fetch(url, { method: 'PUT', body })
  }
  for (const number of [1, 2]) expect((await put(number, `part ${number}`)).status).toBe(200)
  const parts = await store.listParts(key, uploadId)
  // As a disk that cannot be read any more.
  const second = join(folder, 'parts', uploadId, `2.${parts[1]!.etag}`)
  await rm(second)
  await mkdir(second)
  await expect(store.completeParts(key, uploadId, parts)).rejects.toThrow('EISDIR')
  expect(await store.find(key)).toBeNull()
  // It can be sent again.
  await rm(second, { recursive: true })
  expect((await put(2, 'part 2')).status).toBe(200)
  await store.completeParts(key, uploadId, parts)
  expect(await store.find(key)).toMatchObject({ size: 12 })
})
