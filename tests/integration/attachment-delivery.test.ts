// Events with files, on every channel, over the real path; and what happens while the files cannot be had.
import { createHash } from 'node:crypto'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createObjectStore } from '#platform/object-store/index.ts'
import { createSmtpTransport } from '#platform/mail/index.ts'
import { createAttachments, createFileHandout, type Attachments } from '#services/attachments/index.ts'
import { createInbox, type Inbox } from '#services/inbox/index.ts'
import { createMailbox, type Mailbox } from '#services/mailbox/index.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { eventually } from '../support/eventually.ts'
import { fileBytes } from '../support/files.ts'
import { openPath, type PathHarness } from '../support/path-harness.ts'

const actor = { kind: 'api-key', id: 'key', name: 'Test' } as const
const origin = 'https://signalbox.example.com'

let folder: string
let path: PathHarness
let attachments: Attachments
let mailbox: Mailbox
let inbox: Inbox

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-sent-files-'))
  path = await openPath({ environment: { SIGNALBOX_DATA: folder, SIGNALBOX_PUBLIC_URL: origin } })
  const { pool, log, config, redis } = path
  const store = createObjectStore(config)
  attachments = createAttachments({
    pool,
    store,
    log,
    scanner: undefined,
    limits: { fileBytes: 1e9, workspaceBytes: 1e10, partBytes: 2 ** 24 },
  })
  mailbox = createMailbox({ pool, caught: true })
  const files = createFileHandout({ pool, store, origin })
  inbox = createInbox({ pool, redis, log, secret: config.SIGNALBOX_SECRET!, files, openSubscriber: () => redis.duplicate() })
  const template = { subject: 'Your invoice', html: '<p>Here it is</p>', text: 'Here it is', title: 'Your invoice', body: 'Here it is' }
  await path.addWorkflow('invoice', 'invoice.sent', [
    { id: 'mail', type: 'channel', channel: 'email', template },
    { id: 'bell', type: 'channel', channel: 'in-app', template },
  ])
})

afterAll(async () => {
  inbox?.close()
  await path?.close()
  await rm(folder, { recursive: true, force: true })
})

/** A file that is ready. */
async function addFile(bytes: Buffer, filename = 'invoice.bin'): Promise<string> {
  const input = { filename, contentType: 'application/octet-stream', size: bytes.length }
  const { body } = await attachments.create(path.workspaceId, actor, input, origin)
  const store = createObjectStore(path.config)
  await store.write(`incoming/${path.workspaceId}/${parsePublicId('attachment', body.id)}`, bytes, input.contentType)
  expect((await attachments.complete(path.workspaceId, body.id, {}, origin)).state).toBe('ready')
  return body.id
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const mailTo = async (address: string) => (await mailbox.list(path.workspaceId, { limit: 5, to: address }, { masked: false })).items

describe('an event with files', () => {
  test('brings them by mail, byte by byte, and as links to webhooks and inboxes', async () => {
    await path.addEndpoint({ eventTypes: ['invoice.sent'] })
    const bytes = fileBytes(3 * 1024 * 1024)
    const id = await addFile(bytes, 'Rechnung für Zoë.bin')
    const event = await path.send({ type: 'invoice.sent', recipients: [{ id: 'ada', email: 'ada@example.com' }], attachments: [id] })
    await path.ended(event)

    const [mail] = await mailTo('ada@example.com')
    expect(mail!.attachments).toEqual([
      { filename: 'Rechnung für Zoë.bin', contentType: 'application/octet-stream', size: bytes.length, sha256: sha256(bytes) },
    ])

    const [webhook] = path.sink.arrivals.filter((arrival) => arrival.body.eventId === publicId('event', event))
    const [link] = (webhook!.body as any).attachments
    expect(link).toMatchObject({ id, filename: 'Rechnung für Zoë.bin', size: bytes.length, sha256: sha256(bytes) })
    expect(link.url).toMatch(/^https:\/\/signalbox\.example\.com\/files\//)
    expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now())

    const { items } = await inbox.list(path.workspaceId, 'ada', { limit: 5 })
    expect(items[0]!.attachments).toEqual([expect.objectContaining({ id, url: expect.stringContaining(`${origin}/files/`) })])
  })

  test('waits with its mail while the store is away, says so, and goes out when it is back', async () => {
    const bytes = fileBytes(1_000)
    const id = await addFile(bytes)
    await rename(join(folder, 'files'), join(folder, 'away'))
    const event = await path.send({ type: 'invoice.sent', recipients: [{ id: 'bob', email: 'bob@example.com' }], attachments: [id] })
    const mailDelivery = async () => (await path.deliveries(event)).find((delivery) => delivery.channel === 'email')
    // Which part, and not where it runs.
    await eventually(async () => (await mailDelivery())?.reason === 'waits for the object store')
    // No attempt is spent on it, and what needs no bytes goes on.
    expect(await mailDelivery()).toMatchObject({ state: 'pending', tries: 0 })
    const other = await path.send({ type: 'invoice.sent', recipients: [{ id: 'cy', email: 'cy@example.com' }] })
    await path.ended(other)
    await rename(join(folder, 'away'), join(folder, 'files'))
    await path.ended(event)
    expect(await mailDelivery()).toMatchObject({ state: 'delivered', tries: 1, reason: null })
    expect((await mailTo('bob@example.com'))[0]!.attachments[0]!.sha256).toBe(sha256(bytes))
  })

  test('whose file was deleted in the meantime is a dead letter that says so, and a webhook without a link', async () => {
    const id = await addFile(fileBytes(10))
    await attachments.remove(path.workspaceId, actor, id, 'a test')
    const event = await path.send({ type: 'invoice.sent', recipients: [{ id: 'dan', email: 'dan@example.com' }], attachments: [id] })
    await path.ended(event)
    const { rows } = await path.pool.query('SELECT error_code, error_message FROM dead_letter WHERE event_id = $1', [event])
    expect(rows).toEqual([{ error_code: 'attachment-gone', error_message: `the attachment ${id} was deleted` }])
    const [webhook] = path.sink.arrivals.filter((arrival) => arrival.body.eventId === publicId('event', event))
    expect((webhook!.body as any).attachments).toEqual([expect.objectContaining({ id, url: null })])
  })

  test('keeps the ledger and the rows in agreement', async () => {
    expect((await path.reconcile()).total).toBe(0)
  })
})

describe('a mail whose file ends too early', () => {
  test.each([
    ['by an error', () => Readable.from(failing())],
    ['silently', () => Readable.from([Buffer.alloc(1_000)])],
  ])('is not sent, not even in part, and may be tried again: %s', async (_, open) => {
    const server = await startPlainSmtp()
    const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${server.port}` })
    const files = [{ filename: 'a.bin', contentType: 'application/octet-stream', size: 500_000, open: () => Promise.resolve(open()) }]
    const result = await transport.send({ messageId: '<a@b>', from: 'a@example.com', to: 'b@example.com', subject: 'x', text: 'x', files })
    expect(result).toMatchObject({ kind: 'error', code: 'EFILE', replyCode: null, endMayHaveLeft: false })
    await transport.close()
    await server.close()
    expect(server.mails).toEqual([])
  })
})

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(100_000)
  yield await Promise.reject(new Error('the store went away'))
}

/** SMTP down to its bytes: a mail counts when its closing dot came. */
async function startPlainSmtp() {
  const mails: string[] = []
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let inData = false
    let text = ''
    socket.write('220 test\r\n')
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (;;) {
        if (inData) {
          const end = text.indexOf('\r\n.\r\n')
          if (end === -1) return
          mails.push(text.slice(0, end))
          text = text.slice(end + 5)
          inData = false
          socket.write('250 taken\r\n')
          continue
        }
        const end = text.indexOf('\r\n')
        if (end === -1) return
        const line = text.slice(0, end).toUpperCase()
        text = text.slice(end + 2)
        inData = line === 'DATA'
        socket.write(inData ? '354 go\r\n' : line.startsWith('QUIT') ? '221 bye\r\n' : '250 ok\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    mails,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
