// Files that are large, and lines that are slow: through MinIO, and through nginx in front of the disk store.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmbeddedNginx } from '../../tools/launcher/embedded-nginx.ts'
import type { EmbeddedServer } from '../../tools/launcher/embedded-postgres.ts'
import { createApiClient } from '../support/api-client.ts'
import { fileBytes, sha256, uploadBytes } from '../support/files.ts'
import { passLargeFile, putStream, watchMemory } from '../support/large-file.ts'
import { startProduct, type Product } from '../support/product.ts'
import { startMinio, type RealMinio } from '../support/real-servers.ts'

const megabyte = 1024 * 1024

describe('on MinIO', () => {
  let minio: RealMinio
  let product: Product

  beforeAll(async () => {
    minio = await startMinio()
    const { endpoint, accessKey, secretKey } = minio
    const env = { S3_ENDPOINT: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, S3_BUCKET: 'large' }
    product = await startProduct({ env })
  })
  afterAll(async () => {
    await product?.stop()
    await minio?.stop()
  })

  test.runIf(process.platform === 'linux')('the API checks a file of 520 MB without keeping it in memory', async () => {
    const { memory } = await watchMemory(product, ['api-1'], () => passLargeFile(product, 520 * megabyte))
    console.log(`520 MB through MinIO: ${JSON.stringify(memory)} MB`)
    expect(memory['api-1']!.grown).toBeLessThan(200)
  })

  test('an upload that broke off goes on with the parts that MinIO has', async () => {
    const bytes = fileBytes(66 * megabyte)
    const announced = { filename: 'broken.bin', contentType: 'application/octet-stream', size: bytes.length }
    const { id, upload } = (await product.api('POST', '/attachments', announced)).body
    for (const { number, url } of upload.parts.slice(1, 3))
      await putStream(url, upload.partSize, [bytes.subarray((number - 1) * upload.partSize, number * upload.partSize)])
    const resumed = (await product.api('POST', `/attachments/${id}/resume`)).body
    expect(resumed.received.map(({ number }: { number: number }) => number)).toEqual([2, 3])
    const missing = resumed.upload.parts.filter(({ number }: { number: number }) => ![2, 3].includes(number))
    const { parts } = await uploadBytes({ upload: { ...resumed.upload, parts: missing } }, bytes)
    const given = [...parts!, ...resumed.received.map(({ number, etag }: { number: number; etag: string }) => ({ number, etag }))]
    const { body } = await product.api('POST', `/attachments/${id}/complete`, { parts: given })
    expect(body).toMatchObject({ state: 'ready', sha256: sha256(bytes) })
  })
})

describe('on the disk', () => {
  let folder: string
  let product: Product
  let nginx: EmbeddedServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-nginx-'))
    product = await startProduct()
    nginx = await startEmbeddedNginx({ dataFolder: folder, upstream: [`127.0.0.1:${new URL(product.url).port}`] })
  })
  afterAll(async () => {
    await nginx?.stop()
    await product?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('a file that is larger than any request of the API passes nginx, in one piece', async () => {
    const { call } = createApiClient(nginx.url, product.apiKey)
    const bytes = fileBytes(20 * megabyte)
    const created = await call('POST', '/attachments', { filename: 'a.bin', contentType: 'application/octet-stream', size: bytes.length })
    expect(new URL(created.body.upload.url).origin).toBe(nginx.url)
    const { body } = await call('POST', `/attachments/${created.body.id}/complete`, await uploadBytes(created.body, bytes))
    expect(body).toMatchObject({ state: 'ready', sha256: sha256(bytes) })
  })

  // Longer than any other request may take (30 s), with more than one look of the server at its connections in between.
  test('a client that sends 64 kB a second for 42 s is not cut, by the app or by nginx before it', async () => {
    const seconds = 42
    const bytes = fileBytes(seconds * 64 * 1024)
    async function* slowly(): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += 64 * 1024) {
        yield bytes.subarray(at, at + 64 * 1024)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
    }
    const send = async (origin: string) => {
      const { call } = createApiClient(origin, product.apiKey)
      const created = await call('POST', '/attachments', { filename: 'a.bin', contentType: 'application/octet-stream', size: bytes.length })
      const { url, headers } = created.body.upload
      await putStream(url, bytes.length, slowly(), headers)
      return (await call('POST', `/attachments/${created.body.id}/complete`)).body
    }
    const ready = { state: 'ready', sha256: sha256(bytes) }
    expect(await Promise.all([send(product.url), send(nginx.url)])).toMatchObject([ready, ready])
  })
})
