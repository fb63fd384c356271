// Files by the built product, as the contract says: the bytes at signed URLs, everything else in JSON.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCheckedApi, holdAgainstContract, operationsNotCalled, type CheckedApi } from '../support/checked-api.ts'
import { eventually } from '../support/eventually.ts'
import { addFile, fileBytes, png, sha256, uploadBytes } from '../support/files.ts'
import { startProduct, type Product } from '../support/product.ts'

let product: Product
let api: CheckedApi

beforeAll(async () => {
  product = await startProduct()
  api = createCheckedApi(product)
})

afterAll(() => product?.stop())

/** A signed URL, asked as anybody may; its answer held against its operation. */
async function ask(method: string, url: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, method })
  const copy = answer.clone()
  const body = answer.headers.get('content-type')?.includes('json') ? await copy.json() : null
  holdAgainstContract(method, new URL(url).pathname, { status: answer.status, headers: answer.headers, body })
  return answer
}

describe('attachments', () => {
  test('are announced, uploaded, completed, found, fetched and deleted', async () => {
    const created = await api('POST', '/attachments', { filename: 'Zoë "1".png', contentType: 'image/PNG', size: png.length })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/api/v1/attachments/${created.body.id}`)
    const { upload } = created.body
    expect(upload).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png' } })
    expect(new URL(upload.url).origin).toBe(product.url.replace('localhost', new URL(upload.url).hostname))
    expect((await api('POST', `/attachments/${created.body.id}/complete`)).status).toBe(409)

    const put = (bytes: Buffer, type = 'image/png') => ask('PUT', upload.url, { headers: { 'content-type': type }, body: bytes as never })
    expect((await put(png, 'text/html')).status).toBe(415)
    expect((await put(fileBytes(png.length + 1))).status).toBe(413)
    expect((await put(png.subarray(1))).status).toBe(422)
    expect((await put(png)).status).toBe(200)
    expect((await ask('PUT', upload.url.slice(0, -4), { headers: { 'content-type': 'image/png' }, body: png as never })).status).toBe(404)

    const completed = await api('POST', `/attachments/${created.body.id}/complete`)
    expect(completed.body).toMatchObject({ state: 'ready', sha256: sha256(png), contentType: 'image/png' })
    expect((await api('GET', '/attachments?state=ready')).body.items[0].id).toBe(created.body.id)

    const content = await api('GET', `/attachments/${created.body.id}/content`)
    expect(content.status).toBe(302)
    const bytes = await ask('GET', content.headers.get('location')!)
    expect(bytes.headers.get('content-disposition')).toBe(`inline; filename="Zo_ _1_.png"; filename*=UTF-8''Zo%C3%AB%20%221%22.png`)
    expect(sha256(Buffer.from(await bytes.arrayBuffer()))).toBe(sha256(png))

    expect((await api('DELETE', `/attachments/${created.body.id}`, { reason: 'a test' })).status).toBe(204)
    expect((await api('GET', `/attachments/${created.body.id}`)).status).toBe(404)
    await eventually(async () => (await ask('GET', content.headers.get('location')!)).status === 404, { timeoutMs: 60_000 })
  })

  test('of pictures get a small one', async () => {
    const file = await addFile(api, png, { filename: 'dot.png', contentType: 'image/png' })
    await eventually(async () => (await api('GET', `/attachments/${file.id}`)).body.hasThumbnail, { timeoutMs: 60_000 })
    const thumbnail = await api('GET', `/attachments/${file.id}/thumbnail`)
    expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/webp'])
    const none = await addFile(api, Buffer.from('hello'), { filename: 'a.txt', contentType: 'text/plain' })
    expect((await api('GET', `/attachments/${none.id}/thumbnail`)).status).toBe(404)
  })

  test('may have parts', async () => {
    const bytes = fileBytes(66 * 1024 * 1024)
    const created = await api('POST', '/attachments', { filename: 'a.bin', contentType: 'application/octet-stream', size: bytes.length })
    const [first] = created.body.upload.parts
    const part = bytes.subarray(0, created.body.upload.partSize)
    const { etag } = Object.fromEntries((await ask('PUT', first.url, { body: part as never })).headers)
    const resumed = await api('POST', `/attachments/${created.body.id}/resume`)
    expect(resumed.body).toMatchObject({ received: [{ number: 1, size: part.length, etag: etag!.replaceAll('"', '') }] })
    const completed = await api('POST', `/attachments/${created.body.id}/complete`, await uploadBytes(resumed.body, bytes))
    expect(completed.body).toMatchObject({ state: 'ready', sha256: sha256(bytes) })
    expect((await api('POST', `/attachments/${created.body.id}/resume`)).status).toBe(409)
  })

  test('have every operation called here', () => {
    expect(operationsNotCalled(/^\/(api\/v1\/attachments|files)/)).toEqual([])
  })
})
