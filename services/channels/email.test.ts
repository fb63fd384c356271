import { createServer, type AddressInfo, type Socket } from 'node:net'
import { simpleParser, type ParsedMail } from 'mailparser'
import pino from 'pino'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '#platform/config/index.ts'
import { createSmtpTransport } from '#platform/mail/index.ts'
import { newUuid, publicId } from '#shared/ids.ts'
import { queues } from '#shared/jobs/queues.ts'
import { createEmailSender, type EmailMessage } from './index.ts'

const log = pino({ level: 'silent' })
const closing: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface SenderOptions {
  deadlineMs?: number
  maxConnections?: number
  environment?: Record<string, string>
  query?: string
}

function sender(port: number, options: SenderOptions = {}) {
  const url = `smtp://127.0.0.1:${port}${options.query ?? ''}`
  const config = parseConfig({ SMTP_URL: url, MAIL_FROM: 'Signalbox <box@example.com>', ...options.environment })
  const { deadlineMs = 5_000, maxConnections } = options
  const transport = createSmtpTransport({ url, deadlineMs, ...(maxConnections === undefined ? {} : { maxConnections }) })
  const made = createEmailSender({ config, log, transport })
  closing.push(() => made.close())
  return made
}

/** A real SMTP server that keeps what it took. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: ParsedMail[] = []
  let connections = 0
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 100,
    onConnect(_session, done) {
      connections++
      done()
    },
    onData(stream, _session, done) {
      simpleParser(stream).then((mail) => {
        mails.push(mail)
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, mails, connections: () => connections }
}

/** A server that speaks just enough SMTP to misbehave at one step. */
async function riggedServer(steps: {
  greeting?: (socket: Socket) => void
  MAIL?: (socket: Socket) => void
  DATA?: (socket: Socket) => void
  end?: (socket: Socket) => void
}) {
  const mails: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (steps.greeting) return steps.greeting(socket)
    let buffer = ''
    let inData = false
    socket.write('220 rigged\r\n')
    socket.on('data', (chunk: Buffer) => {
      buffer += chunk.toString()
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n'
        const at = buffer.indexOf(mark)
        if (at < 0) return
        const line = buffer.slice(0, at)
        buffer = buffer.slice(at + mark.length)
        const verb = line.slice(0, 4).toUpperCase()
        if (inData) {
          inData = false
          mails.push(line)
          steps.end?.(socket)
        } else if (verb === 'MAIL' && steps.MAIL) steps.MAIL(socket)
        else if (verb === 'DATA') {
          inData = true
          if (steps.DATA) steps.DATA(socket)
          else socket.write('354 go on\r\n')
        } else socket.write('250 ok\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, mails }
}

function mail(changes: Partial<EmailMessage> = {}): EmailMessage {
  return { deliveryId: newUuid(), workspaceId: newUuid(), to: 'ada@example.com', subject: 'Hello', text: 'Good day', ...changes }
}

const refusing = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode })

describe('a mail', () => {
  it('arrives with its parts, and a Message-ID that is the delivery’s', async () => {
    const { port, mails } = await mailServer()
    const message = mail({
      from: 'Grün & Söhne <hello@example.com>',
      replyTo: 'answers@example.com',
      subject: 'Ein Gruß, 你好',
      html: '<p>Grüße</p>',
      text: 'Grüße',
    })
    expect(await sender(port).send(message)).toEqual({ outcome: 'delivered', statusCode: 250 })
    const [got] = mails
    expect(got).toMatchObject({
      subject: 'Ein Gruß, 你好',
      html: '<p>Grüße</p>',
      messageId: `<${publicId('delivery', message.deliveryId)}@signalbox>`,
    })
    expect(got?.text?.trim()).toBe('Grüße')
    expect(got?.from?.text).toBe('"Grün & Söhne" <hello@example.com>')
    expect(got?.to).toMatchObject({ text: 'ada@example.com' })
    expect(got?.replyTo?.text).toBe('answers@example.com')
    expect(got?.headers.has('x-signalbox-workspace')).toBe(false)
  })

  it('comes from MAIL_FROM where nothing else is said', async () => {
    const { port, mails } = await mailServer()
    await sender(port).send(mail({ from: null, html: null }))
    expect(mails[0]?.from?.text).toBe('"Signalbox" <box@example.com>')
  })

  it('tells its workspace to the built-in catcher only', async () => {
    const { port, mails } = await mailServer()
    const message = mail()
    await sender(port, { environment: { SIGNALBOX_MAIL_CATCHER: '1' } }).send(message)
    expect(mails[0]?.headers.get('x-signalbox-workspace')).toBe(message.workspaceId)
  })

  it('shares few kept connections with others: as many as are on their way at the same time', async () => {
    const { port, mails, connections } = await mailServer()
    const email = sender(port)
    const atOnce = queues['delivery-email'].concurrency
    const oneByOne = async () => {
      for (let n = 0; n < 8; n++) expect(await email.send(mail())).toMatchObject({ outcome: 'delivered' })
    }
    await Promise.all(Array.from({ length: atOnce }, oneByOne))
    expect(mails).toHaveLength(atOnce * 8)
    expect(connections()).toBeLessThanOrEqual(atOnce)
  })

  it('waits for a kept connection when all that there may be are taken', async () => {
    const { port, mails, connections } = await mailServer()
    const email = sender(port, { maxConnections: 5 })
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => email.send(mail())))
    expect(outcomes.every((outcome) => outcome.outcome === 'delivered')).toBe(true)
    expect(mails).toHaveLength(40)
    expect(connections()).toBeLessThanOrEqual(5)
  })

  it('leaves at once, up to the most that an operator may allow', async () => {
    const most = queues['delivery-email'].concurrencyMax
    const held: Socket[] = []
    // Nobody gets an answer before all of them are there.
    const { port } = await riggedServer({
      end(socket) {
        held.push(socket)
        if (held.length === most) for (const each of held) each.write('250 ok\r\n')
      },
    })
    const email = sender(port)
    const outcomes = await Promise.all(Array.from({ length: most }, () => email.send(mail())))
    expect(outcomes.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(most)
  })
})

describe('what is refused before a connection is made', () => {
  it.each<[string, Partial<EmailMessage>]>([
    ['unsafe-header', { subject: 'Hi\r\nBcc: all@example.com' }],
    ['unsafe-header', { subject: 'Hi\nthere' }],
    ['unsafe-header', { to: 'ada@example.com\r\nRCPT TO:<eve@example.com>' }],
    ['unsafe-header', { from: 'a\r\nX: y <box@example.com>' }],
    ['unsafe-header', { replyTo: 'a@example.com\n' }],
    ['invalid-address', { to: 'ada@example.com, eve@example.com' }],
    ['invalid-address', { to: 'Ada <ada@example.com>' }],
    ['invalid-address', { to: 'friends: a@example.com;' }],
    ['invalid-address', { to: '' }],
    ['invalid-address', { to: 'ada' }],
    ['invalid-address', { to: 'ada@example.com>' }],
    ['invalid-sender', { from: 'a@example.com, b@example.com' }],
    ['invalid-sender', { from: 'nobody' }],
    ['invalid-reply-to', { replyTo: 'a@example.com, b@example.com' }],
  ])('%s: %j', async (errorCode, changes) => {
    const { port, connections } = await mailServer()
    expect(await sender(port).send(mail(changes))).toMatchObject({ outcome: 'give-up', errorCode, where: 'email.compose' })
    expect(connections()).toBe(0)
  })
})

describe('what the server says', () => {
  it.each([
    [550, 'give-up'],
    [552, 'give-up'],
    [450, 'retry'],
    [451, 'retry'],
  ])('%i to the recipient is %s', async (code, outcome) => {
    const { port } = await mailServer({ onRcptTo: (_address, _session, done) => done(refusing(code, 'no such user')) })
    expect(await sender(port).send(mail())).toEqual({
      outcome,
      statusCode: code,
      errorCode: `smtp-${code}`,
      error: `the mail server answered ${code} no such user`,
      where: 'email.envelope',
    })
  })

  it.each([
    [554, 'give-up'],
    [452, 'retry'],
  ])('%i to the message is %s, and the next one goes out', async (code, outcome) => {
    let n = 0
    const server = await mailServer({
      onData(stream, _session, done) {
        stream.resume().on('end', () => (n++ === 0 ? done(refusing(code, 'no')) : done()))
      },
    })
    const email = sender(server.port)
    expect(await email.send(mail())).toMatchObject({ outcome, statusCode: code, where: 'email.data' })
    expect(await email.send(mail())).toMatchObject({ outcome: 'delivered' })
  })

  it('a password it does not take is about us, not about the mail', async () => {
    const { port } = await mailServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusing(535, 'who are you')),
    })
    const url = `smtp://user:canary-password@127.0.0.1:${port}`
    const email = createEmailSender({ config: parseConfig({ SMTP_URL: url }), log })
    closing.push(() => email.close())
    const outcome = await email.send(mail())
    expect(outcome).toMatchObject({ outcome: 'retry', errorCode: 'smtp-535', where: 'email.sign-in' })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })
})

describe('a connection that is lost', () => {
  it('before it was made: sent again', async () => {
    const { port } = await riggedServer({})
    await closing.pop()?.()
    expect(await sender(port).send(mail())).toMatchObject({ outcome: 'retry', errorCode: 'connection-refused', where: 'email.connect' })
  })

  it.each([
    ['at the greeting', { greeting: (socket: Socket) => void socket.destroy() }],
    ['at a greeting that refuses', { greeting: (socket: Socket) => void socket.end('554 not now\r\n') }],
    ['at the sender', { MAIL: (socket: Socket) => void socket.destroy() }],
    ['instead of the answer to DATA', { DATA: (socket: Socket) => void socket.destroy() }],
  ])('%s: sent again', async (_name, steps) => {
    const { port } = await riggedServer(steps)
    expect(await sender(port).send(mail())).toMatchObject({ outcome: 'retry' })
  })

  it.each([
    ['by a reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['by an end', (socket: Socket) => void socket.end()],
    ['inside the answer', (socket: Socket) => void socket.end('250 2.0.')],
  ])('after the end of the message, %s: maybe sent, and once only', async (_name, end) => {
    const { port, mails } = await riggedServer({ end })
    expect(await sender(port).send(mail())).toMatchObject({ outcome: 'maybe-sent', statusCode: null, where: 'email.data' })
    expect(mails).toHaveLength(1)
  })

  it('a kept connection, after the end of the second message: maybe sent', async () => {
    let n = 0
    const { port, mails } = await riggedServer({ end: (socket) => void (n++ === 0 ? socket.write('250 ok\r\n') : socket.destroy()) })
    const email = sender(port)
    expect(await email.send(mail())).toMatchObject({ outcome: 'delivered' })
    expect(await email.send(mail())).toMatchObject({ outcome: 'maybe-sent', errorCode: 'connection-lost' })
    expect(mails).toHaveLength(2)
  })
})

describe('a server that does not answer', () => {
  it('the greeting: sent again', async () => {
    const { port } = await riggedServer({ greeting: () => {} })
    expect(await sender(port, { deadlineMs: 150 }).send(mail())).toMatchObject({ outcome: 'retry', errorCode: 'timeout' })
  })

  it('the end of the message: maybe sent', async () => {
    const { port, mails } = await riggedServer({ end: () => {} })
    expect(await sender(port, { deadlineMs: 1_000 }).send(mail())).toMatchObject({
      outcome: 'maybe-sent',
      errorCode: 'timeout',
      where: 'email.data',
    })
    expect(mails).toHaveLength(1)
  })

  it('with every connection taken, what waits is sent again', async () => {
    const { port, mails } = await riggedServer({ end: () => {} })
    const email = sender(port, { deadlineMs: 3_000, maxConnections: 5 })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => email.send(mail())))
    expect(outcomes.filter(({ outcome }) => outcome === 'maybe-sent')).toHaveLength(5)
    expect(outcomes.filter(({ outcome }) => outcome === 'retry')).toHaveLength(3)
    expect(mails).toHaveLength(5)
  })
})
