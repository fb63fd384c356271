import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '#platform/config/index.ts'
import { createEmailSender, type EmailSender } from '#services/channels/index.ts'
import { createMailbox, startMailbox, type MailCatcher } from '#services/mailbox/index.ts'
import type { Mail } from '#shared/contracts/mail.ts'
import type { Page } from '#shared/contracts/page.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { assembleApp, type App } from '../../server/utils/app.ts'
import { serveRoutes, type HttpHarness } from '../support/http-harness.ts'
import { openTestPlatform, type TestPlatform } from '../support/test-platform.ts'

let platform: TestPlatform
let app: App
let http: HttpHarness
let catcher: MailCatcher
let email: EmailSender

beforeAll(async () => {
  platform = await openTestPlatform({ environment: { SIGNALBOX_MAIL_CATCHER: '1', SMTP_URL: 'smtp://127.0.0.1:1' } })
  app = assembleApp(platform)
  http = await serveRoutes(app, (file) => file.includes('mailbox'))
  catcher = await startMailbox({ pool: platform.pool, log: platform.log, host: '127.0.0.1', port: 0 })
  const config = parseConfig({ SMTP_URL: `smtp://127.0.0.1:${catcher.port}`, SIGNALBOX_MAIL_CATCHER: '1' })
  email = createEmailSender({ config, log: platform.log })
})

afterAll(async () => {
  await email.close()
  await catcher.stop()
  await http.close()
  await app.close()
})

async function get<T>(path: string, apiKey = platform.apiKey): Promise<{ status: number; body: T }> {
  const response = await fetch(`${http.url}/api/v1${path}`, { headers: { authorization: `Bearer ${apiKey}` } })
  return { status: response.status, body: (await response.json()) as T }
}

async function send(changes: Partial<Parameters<EmailSender['send']>[0]> = {}) {
  const message = {
    deliveryId: newUuid(),
    workspaceId: platform.workspaceId,
    to: 'ada@example.com',
    subject: 'Hello',
    html: '<p>Grüße</p>',
    text: 'Grüße',
    ...changes,
  }
  expect(await email.send(message)).toEqual({ outcome: 'delivered', statusCode: 250 })
  return message
}

describe('a caught mail', () => {
  it('can be read as soon as the sender has its yes', async () => {
    const { deliveryId } = await send({ to: 'whole@example.com', subject: 'Ein Gruß' })
    const { body } = await get<Page<Mail>>('/mailbox?to=whole@example.com')
    expect(body).toEqual({
      items: [
        {
          id: expect.stringMatching(/^mail_[0-9a-f]{32}$/),
          from: expect.stringContaining('notifications@localhost'),
          to: ['whole@example.com'],
          subject: 'Ein Gruß',
          text: expect.stringContaining('Grüße'),
          html: '<p>Grüße</p>',
          headers: expect.objectContaining({ 'message-id': `<${publicId('delivery', deliveryId)}@signalbox>` }),
          attachments: [],
          deliveryId: publicId('delivery', deliveryId),
          receivedAt: expect.any(String),
          masked: false,
        },
      ],
      nextCursor: null,
    })
    expect(await get<Mail>(`/mailbox/${body.items[0]?.id}`)).toEqual({ status: 200, body: body.items[0] })
  })

  it('is found by address, recipient and subject', async () => {
    const { deliveryId } = await send({ to: 'Grace@Example.com', subject: 'Invoice 100% due' })
    await platform.pool.query(
      `INSERT INTO delivery (workspace_id, id, event_id, channel, source, recipient_id, state) VALUES ($1, $2, $3, 'email', 'w/s', 'user-7', 'delivered')`,
      [platform.workspaceId, deliveryId, newUuid()],
    )
    for (const query of [
      'to=grace@example.com',
      'recipient=grace@example.com',
      'recipient=user-7',
      'subject=invoice%20100%25',
      'to=grace@example.com&subject=due',
    ]) {
      const { body } = await get<Page<Mail>>(`/mailbox?${query}`)
      expect(
        body.items.map((mail) => mail.deliveryId),
        query,
      ).toEqual([publicId('delivery', deliveryId)])
    }
    for (const query of ['to=nobody@example.com', 'recipient=user-8', 'subject=1000', 'to=grace@example.com&subject=other']) {
      expect((await get<Page<Mail>>(`/mailbox?${query}`)).body.items, query).toEqual([])
    }
  })

  it('comes newest first, in pages', async () => {
    for (let n = 0; n < 5; n++) await send({ to: 'pages@example.com', subject: `Page ${n}` })
    const first = await get<Page<Mail>>('/mailbox?to=pages@example.com&limit=2')
    const second = await get<Page<Mail>>(`/mailbox?to=pages@example.com&limit=2&cursor=${first.body.nextCursor}`)
    const third = await get<Page<Mail>>(`/mailbox?to=pages@example.com&limit=2&cursor=${second.body.nextCursor}`)
    expect([first, second, third].flatMap(({ body }) => body.items.map((mail) => mail.subject))).toEqual([
      'Page 4',
      'Page 3',
      'Page 2',
      'Page 1',
      'Page 0',
    ])
    expect(third.body.nextCursor).toBeNull()
    expect((await get('/mailbox?cursor=nonsense')).status).toBe(422)
  })

  it('is another workspace’s secret, and mail from elsewhere is nobody’s', async () => {
    const other = await platform.addWorkspace()
    await send({ to: 'mine@example.com' })
    const { body } = await get<Page<Mail>>('/mailbox?to=mine@example.com')
    expect((await get<Page<Mail>>('/mailbox?to=mine@example.com', other.apiKey)).body.items).toEqual([])
    expect((await get(`/mailbox/${body.items[0]?.id}`, other.apiKey)).status).toBe(404)
    const stranger = createTransport({ host: '127.0.0.1', port: catcher.port })
    await stranger.sendMail({ from: 'a@example.com', to: 'stranger@example.com', subject: 'x', text: 'x' })
    expect((await get<Page<Mail>>('/mailbox?to=stranger@example.com')).body.items).toEqual([])
    expect((await platform.pool.query(`SELECT workspace_id FROM caught_mail WHERE 'stranger@example.com' = ANY ("to")`)).rows).toEqual([
      { workspace_id: null },
    ])
  })

  it('with files keeps what they were, not their bytes', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: catcher.port })
    await transport.sendMail({
      from: 'a@example.com',
      to: ['files@example.com', 'second@example.com'],
      subject: 'files',
      text: 'see attached',
      headers: { 'X-Signalbox-Workspace': platform.workspaceId, 'x-many': ['one', 'two'] },
      attachments: [{ filename: 'hello.txt', content: 'hello' }],
    })
    const { body } = await get<Page<Mail>>('/mailbox?to=files@example.com')
    expect(body.items[0]).toMatchObject({
      to: ['files@example.com', 'second@example.com'],
      deliveryId: null,
      headers: { 'x-many': ['one', 'two'] },
      attachments: [
        {
          filename: 'hello.txt',
          contentType: 'text/plain',
          size: 5,
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        },
      ],
    })
  })

  it('with what Postgres cannot hold costs neither itself nor others', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: catcher.port })
    const raw = (subject: string) =>
      `From: a@example.com\r\nTo: odd@example.com\r\nX-Signalbox-Workspace: ${platform.workspaceId}\r\nSubject: ${subject}\r\nContent-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from('a\ud800b\u0000c', 'utf16le').toString('base64')}\r\n`
    const envelope = { from: 'a@example.com', to: ['odd@example.com'] }
    await Promise.all(['=?utf-8?Q?nul=00here?=', 'plain'].map((subject) => transport.sendMail({ envelope, raw: raw(subject) })))
    const { body } = await get<Page<Mail>>('/mailbox?to=odd@example.com')
    expect(body.items.map((mail) => mail.subject).sort()).toEqual(['nulhere', 'plain'])
  })
})

describe('the catcher', () => {
  it('keeps the newest only', async () => {
    const small = await startMailbox({ pool: platform.pool, log: platform.log, host: '127.0.0.1', port: 0, keepNewest: 3 })
    const transport = createTransport({ host: '127.0.0.1', port: small.port })
    for (let n = 0; n < 6; n++) await transport.sendMail({ from: 'a@example.com', to: `n${n}@example.com`, subject: `${n}`, text: 'x' })
    await small.stop()
    await expect
      .poll(async () => (await platform.pool.query('SELECT subject FROM caught_mail ORDER BY id DESC')).rows.map((row) => row.subject))
      .toEqual(['5', '4', '3'])
  })

  it('says 451 while nothing can be committed, and the mail is sent again later', async () => {
    const broken = await startMailbox({
      pool: { query: () => Promise.reject(new Error('gone')) } as never,
      log: platform.log,
      host: '127.0.0.1',
      port: 0,
    })
    const sender = createEmailSender({ config: parseConfig({ SMTP_URL: `smtp://127.0.0.1:${broken.port}` }), log: platform.log })
    const outcome = await sender.send({
      deliveryId: newUuid(),
      workspaceId: platform.workspaceId,
      to: 'a@example.com',
      subject: 's',
      text: 't',
    })
    expect(outcome).toMatchObject({ outcome: 'retry', statusCode: 451 })
    await sender.close()
    await broken.stop()
  })

  it('says when its port is taken', async () => {
    await expect(startMailbox({ pool: platform.pool, log: platform.log, host: '127.0.0.1', port: catcher.port })).rejects.toThrow(
      'EADDRINUSE',
    )
  })

  it('answers 404 where mail goes out', async () => {
    const mailbox = createMailbox({ pool: platform.pool, caught: false })
    await expect(mailbox.list(platform.workspaceId, { limit: 1 }, { masked: false })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('SMTP_URL'),
    })
    await expect(mailbox.get(platform.workspaceId, 'mail_0192f3a07b3e7c1d8a4f5e6d7c8b9a01', { masked: false })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})
