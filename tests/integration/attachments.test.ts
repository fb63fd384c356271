// Files: announced, uploaded, checked, handed out and deleted, by the real routes over the disk store.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid, parsePublicId, publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { createApiClient, type ApiCall } from '../support/api-client.ts'
import { startScanner, type FakeScanner } from '../support/fake-scanner.ts'
import { addFile, fileBytes, png, sha256, uploadBytes } from '../support/files.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let folder: string
let scanner: FakeScanner
let platform: TestPlatform
let app: App
let http: HttpHarness
let api: ApiCall
let stranger: ApiCall

const maxBytes = 80 * 1024 * 1024

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-files-'))
  scanner = await startScanner()
  platform = await openTestPlatform({
    environment: {
      SIGNALBOX_DATA: folder,
      CLAMAV_URL: scanner.url,
      SIGNALBOX_ATTACHMENT_MAX_BYTES: String(maxBytes),
      SIGNALBOX_ATTACHMENT_WORKSPACE_BYTES: String(200 * 1024 * 1024),
    },
  })
  app = assembleApp(platform)
  http = await serveRoutes(app)
  api = createApiClient(http.url, platform.apiKey).call
  stranger = createApiClient(http.url, (await platform.addWorkspace()).apiKey).call
})

afterAll(async () => {
  await http.close()
  await app.close()
  await scanner.close()
  await rm(folder, { recursive: true, force: true })
})

const text = { filename: 'notes.txt', contentType: 'text/plain' }
const room = async () =>
  (await platform.pool.query('SELECT files, bytes FROM attachment_usage WHERE workspace_id = $1', [platform.workspaceId])).rows[0] ?? {
    files: 0,
    bytes: 0,
  }

describe('a file', () => {
  test('is ready when its bytes are what was declared', async () => {
    const file = await addFile(api, png, { filename: 'dot.png', contentType: 'image/png', sha256: sha256(png) })
    expect(file).toMatchObject({ state: 'ready', reason: null, sha256: sha256(png), size: png.length, hasThumbnail: false })
    expect(file.checks.map((check) => [check.name, check.outcome])).toEqual([
      ['size', 'passed'],
      ['sha256', 'passed'],
      ['type', 'passed'],
      ['malware', 'passed'],
    ])
    const content = await fetch(`${http.url}/api/v1/attachments/${file.id}/content`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    })
    expect(content.status).toBe(200)
    expect(content.headers.get('content-type')).toBe('image/png')
    expect(content.headers.get('content-disposition')).toMatch(/^inline; filename="dot\.png"/)
    expect(content.headers.get('x-content-type-options')).toBe('nosniff')
    expect(sha256(Buffer.from(await content.arrayBuffer()))).toBe(sha256(png))
  })

  test.each([
    ['another SHA-256', png, { filename: 'a.png', contentType: 'image/png', sha256: '0'.repeat(64) }, 'sha256'],
    ['a picture that is none', Buffer.from('hello'), { filename: 'a.png', contentType: 'image/png' }, 'type'],
    ['a program called a text', Buffer.from('7f454c4602010100'.padEnd(256, '0'), 'hex'), text, 'type'],
    ['a picture called a PDF', png, { filename: 'a.pdf', contentType: 'application/pdf' }, 'type'],
    ['malware', Buffer.from(`X5O!P%@AP ${'EICAR'}-STANDARD`), text, 'malware'],
  ])('is rejected: %s', async (_, bytes, declared, check) => {
    const before = await room()
    const file = await addFile(api, bytes, declared)
    expect(file).toMatchObject({ state: 'rejected', reason: expect.stringContaining(`${check}: `) })
    // It takes no room, and nobody gets its bytes.
    expect(await room()).toEqual(before)
    expect((await api('GET', `/attachments/${file.id}/content`)).status).toBe(409)
    const { body } = await api('POST', '/events', { type: 'a.b', attachments: [file.id] })
    expect(body).toMatchObject({ status: 422, errors: [{ path: '/attachments/0', message: expect.stringContaining('rejected') }] })
  })

  // Signed uploads take no other size; parts of S3, and whoever writes into the bucket, may bring one.
  test.each([4, 6])('is rejected when %i bytes are there instead of 5', async (bytes) => {
    const before = await room()
    const { body } = await api('POST', '/attachments', { ...text, size: 5 })
    const key = `incoming/${platform.workspaceId}/${parsePublicId('attachment', body.id)}`
    await app.objectStore.write(key, Buffer.alloc(bytes, 'x'), text.contentType)
    const completed = await api('POST', `/attachments/${body.id}/complete`)
    expect(completed.body).toMatchObject({ state: 'rejected', reason: `size: declared with 5 bytes, but there are ${bytes}` })
    expect(await room()).toEqual(before)
  })

  test.each(['image/svg+xml', 'text/html'])('of type %s is only ever downloaded', async (contentType) => {
    const file = await addFile(api, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), {
      filename: 'a.svg',
      contentType,
    })
    expect(file.state).toBe('ready')
    const content = await fetch(`${http.url}/api/v1/attachments/${file.id}/content`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    })
    expect(content.headers.get('content-type')).toBe('application/octet-stream')
    expect(content.headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(content.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('comes in parts when it is large, each as often as needed', async () => {
    const bytes = fileBytes(70 * 1024 * 1024)
    const created = await api('POST', '/attachments', { filename: 'big.bin', contentType: 'application/octet-stream', size: bytes.length })
    expect(created.body.upload.parts).toHaveLength(5)
    expect((await api('GET', `/attachments/${created.body.id}`)).body.state).toBe('uploading')
    await fetch(created.body.upload.parts[1].url, { method: 'PUT', body: fileBytes(created.body.upload.partSize) })
    const parts = await uploadBytes(created.body, bytes)
    expect((await api('POST', `/attachments/${created.body.id}/complete`, {})).body.errors[0].path).toBe('/parts')
    const completed = await api('POST', `/attachments/${created.body.id}/complete`, parts)
    expect(completed.body).toMatchObject({ state: 'ready', reason: null, sha256: sha256(bytes) })
    expect((await api('POST', `/attachments/${created.body.id}/complete`, parts)).body.state).toBe('ready')
    expect((await api('DELETE', `/attachments/${created.body.id}`)).status).toBe(204)
  })

  test('cannot be exchanged after its check: its upload URL leads elsewhere then', async () => {
    const created = await api('POST', '/attachments', { ...text, size: 5 })
    await uploadBytes(created.body, Buffer.from('first'))
    expect((await api('POST', `/attachments/${created.body.id}/complete`)).body.state).toBe('ready')
    await uploadBytes(created.body, Buffer.from('other'))
    const content = await fetch(`${http.url}/api/v1/attachments/${created.body.id}/content`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    })
    expect(await content.text()).toBe('first')
  })

  test('waits while the scanner is away, and says so', async () => {
    scanner.stop()
    const file = await addFile(api, Buffer.from('hello'), text)
    expect(file).toMatchObject({ state: 'checking', reason: 'waits for the virus scanner' })
    scanner.start()
  })
})

describe('announcing a file', () => {
  test.each([
    [{ filename: '../etc/passwd' }, '/filename'],
    [{ filename: 'a\r\nBcc: x@y.z' }, '/filename'],
    [{ filename: '..' }, '/filename'],
    [{ contentType: 'text/plain; charset=x' }, '/contentType'],
    [{ size: 0 }, '/size'],
    [{ size: maxBytes + 1 }, '/size'],
    [{ sha256: 'abc' }, '/sha256'],
    [{ more: 1 }, '/more'],
  ])('refuses %j', async (change, path) => {
    const { status, body } = await api('POST', '/attachments', { ...text, size: 5, ...change })
    expect([status, body.errors?.[0]?.path]).toEqual([422, path])
  })

  test('gives the same answer to the same Idempotency-Key, and none to another body', async () => {
    const headers = { authorization: `Bearer ${platform.apiKey}`, 'content-type': 'application/json', 'idempotency-key': newUuid() }
    const post = (size: number) =>
      fetch(`${http.url}/api/v1/attachments`, { method: 'POST', headers, body: JSON.stringify({ ...text, size }) })
    const first = await post(5)
    const again = await post(5)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
    expect(await again.json()).toEqual(await first.json())
    expect((await post(6)).status).toBe(422)
  })

  test('is refused when the room of the workspace is used up', async () => {
    const made = []
    let refused
    // There is room for three.
    while (!refused && made.length < 4) {
      const answer = await api('POST', '/attachments', { ...text, size: 60 * 1024 * 1024 })
      if (answer.status === 201) made.push(answer.body.id)
      else refused = answer
    }
    expect(refused).toMatchObject({ status: 409 })
    for (const id of made) await api('DELETE', `/attachments/${id}`)
    expect((await api('POST', '/attachments', { ...text, size: 60 * 1024 * 1024 })).status).toBe(201)
  })

  test('needs an upload before it is completed', async () => {
    const created = await api('POST', '/attachments', { ...text, size: 5 })
    expect((await api('POST', `/attachments/${created.body.id}/complete`)).status).toBe(409)
  })
})

describe('events', () => {
  test('refer to files that are ready, of their own workspace', async () => {
    const file = await addFile(api, Buffer.from('hello'), text)
    const pending = (await api('POST', '/attachments', { ...text, size: 5 })).body.id
    const foreign = (await addFile(stranger, Buffer.from('theirs'), text)).id
    const unknown = publicId('attachment', newUuid())
    const { status, body } = await api('POST', '/events', { type: 'a.b', attachments: [file.id, pending, foreign, unknown] })
    expect([status, body.errors.map((error: any) => error.path)]).toEqual([422, ['/attachments/1', '/attachments/2', '/attachments/3']])

    const event = await api('POST', '/events', { type: 'a.b', attachments: [file.id] })
    expect(event.status).toBe(202)
    expect((await api('GET', `/attachments/${file.id}`)).body.usedBy).toEqual({ eventIds: [event.body.id], more: false })
    const batch = await api('POST', '/events/batch', {
      events: [{ type: 'a.b', attachments: [unknown] }, { type: 'a.b' }, { type: 'a.b', attachments: [file.id] }],
    })
    expect(batch.body.items.map((item: any) => item.status)).toEqual(['rejected', 'accepted', 'accepted'])
    expect(batch.body.items[0].problem.errors[0].path).toBe('/attachments/0')
    expect((await api('GET', `/attachments/${file.id}`)).body.usedBy.eventIds).toEqual([batch.body.items[2].id, event.body.id])
  })
})

describe('lists and deletion', () => {
  test('find by name, state and recipient, page by page', async () => {
    const ids = []
    for (let at = 0; at < 3; at++)
      ids.push((await addFile(api, Buffer.from('x'), { ...text, filename: `listed-${at}.txt`, recipientId: 'lister' })).id)
    const first = await api('GET', '/attachments?q=LISTED-&state=ready&recipient=lister&limit=2')
    expect(first.body.items.map((item: any) => item.id)).toEqual([ids[2], ids[1]])
    const second = await api('GET', `/attachments?q=LISTED-&limit=2&cursor=${first.body.nextCursor}`)
    expect(second.body.items.map((item: any) => item.id)).toEqual([ids[0]])
    expect((await api('GET', '/attachments?cursor=nonsense')).status).toBe(422)
  })

  test('leaves a reason in the audit, and nothing for anybody', async () => {
    const file = await addFile(api, Buffer.from('bye'), text)
    expect((await stranger('DELETE', `/attachments/${file.id}`)).status).toBe(404)
    expect((await stranger('GET', `/attachments/${file.id}/content`)).status).toBe(404)
    expect((await api('DELETE', `/attachments/${file.id}`, { reason: 'sent by mistake' })).status).toBe(204)
    expect((await api('GET', `/attachments/${file.id}`)).status).toBe(404)
    const audit = await api('GET', `/audit?subjectId=${file.id}`)
    expect(audit.body.items[0]).toMatchObject({ action: 'attachment.delete', reason: 'sent by mistake' })
    const { rows } = await platform.pool.query('SELECT count(*)::int AS n FROM object_garbage WHERE key LIKE $1', [
      `%${platform.workspaceId}/%`,
    ])
    expect(rows[0].n).toBeGreaterThan(0)
  })
})
