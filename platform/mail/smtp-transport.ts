// Mail out over a small pool of kept SMTP connections, telling one thing that nodemailer does not: whether the end of the message
// may have left before the connection was lost (docs/decisions/0012-maybe-sent.md).
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createTransport } from 'nodemailer'

export interface OutgoingMail {
  /** With angle brackets. Unique per mail in flight. */
  messageId: string
  from: string
  to: string
  replyTo?: string | undefined
  subject: string
  html?: string | undefined
  text?: string | undefined
  headers?: Record<string, string> | undefined
  /** Opened and sent one after the other, as fast as the server takes them. */
  files?: readonly { filename: string; contentType: string; size: number; open(): Promise<Readable> }[] | undefined
}

export type SmtpStage = 'compose' | 'connect' | 'sign-in' | 'envelope' | 'data'

export type SmtpResult =
  | { kind: 'accepted'; replyCode: number }
  | {
      kind: 'error'
      stage: SmtpStage
      /** The server's reply, when it gave one: then nothing is uncertain. */
      replyCode: number | null
      /** The system's or nodemailer's word: ECONNREFUSED, ETIMEDOUT, ... */
      code: string
      /** Without secrets; may quote the server. */
      message: string
      /** True when the whole message was handed to the connection, so that the server may have taken it. */
      endMayHaveLeft: boolean
    }

export interface SmtpTransport {
  /** Never rejects; ends within the deadline. Never sends a message twice by itself. */
  send(mail: OutgoingMail): Promise<SmtpResult>
  /** Lets mails in flight end. */
  close(): Promise<void>
}

export interface SmtpTransportOptions {
  /** smtp:// or smtps://, with user and password; nodemailer's options as its query. */
  url: string
  /** Total, waiting for a connection included. Default 20,000. */
  deadlineMs?: number
  /** Opened when needed: how many mails leave at the same time is up to the caller. Default 64. */
  maxConnections?: number
}

interface SmtpFailure extends Error {
  code?: string
  originalCode?: string
  responseCode?: number
  response?: string
  command?: string
}

const maxMessageLength = 300
/** A server slower than 256 KB/s does not get to take large files. */
const slowestBytesPerMs = 256

function bytesOf(mail: OutgoingMail): number {
  return mail.files?.reduce((sum, file) => sum + file.size, 0) ?? 0
}

/** A stream that opens its source when it is read for the first time. One that ends early or fails says so: half a file is never sent as a whole. */
function lazily(file: NonNullable<OutgoingMail['files']>[number], onFailure: (error: Error) => void): Readable {
  return Readable.from(
    (async function* () {
      let given = 0
      try {
        for await (const chunk of (await file.open()) as AsyncIterable<Buffer>) {
          given += chunk.length
          yield chunk
        }
        if (given !== file.size) throw new Error(`${file.filename} ended after ${given} of ${file.size} bytes`)
      } catch (error) {
        onFailure(error as Error)
        throw error
      }
    })(),
    { objectMode: false },
  )
}

export function createSmtpTransport(options: SmtpTransportOptions): SmtpTransport {
  const deadlineMs = options.deadlineMs ?? 20_000
  // Messages whose last byte was read towards the socket.
  const ended = new Set<string>()
  let inFlight = 0
  let onIdle: (() => void) | undefined

  const transporter = createTransport({
    url: options.url,
    pool: true,
    maxConnections: options.maxConnections ?? 64,
    maxMessages: 1_000,
    // nodemailer queues a message again only when none of it was sent; more than once would eat the deadline.
    maxRequeues: 1,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: deadlineMs,
    dnsTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  transporter.use('stream', (mail, done) => {
    const messageId = mail.message.messageId()
    // The last stage before the connection: its end is read just before the closing dot is written, and never if DATA was refused.
    mail.message.processFunc((message) => {
      message.once('end', () => ended.add(messageId))
      return message
    })
    done()
  })

  return {
    async send(mail) {
      inFlight++
      const abort = new AbortController()
      const givenMs = deadlineMs + bytesOf(mail) / slowestBytesPerMs
      const timer = setTimeout(() => abort.abort(), givenMs)
      let unreadable: Error | undefined
      try {
        const info = await transporter.sendMail({
          messageId: mail.messageId,
          from: mail.from,
          // As an object: a comma inside must not make two addresses of one.
          to: { name: '', address: mail.to },
          replyTo: mail.replyTo,
          subject: mail.subject,
          html: mail.html,
          text: mail.text,
          headers: mail.headers,
          attachments: mail.files?.map((file) => ({
            filename: file.filename,
            contentType: file.contentType,
            contentDisposition: 'attachment' as const,
            content: lazily(file, (error) => {
              unreadable = error
              abort.abort()
            }),
          })),
          signal: abort.signal,
        })
        // The pool has the connection back only then: who sends the next mail now would be given another one.
        await setImmediate()
        return { kind: 'accepted', replyCode: Number.parseInt(info.response, 10) || 250 }
      } catch (error) {
        if (unreadable)
          return { kind: 'error', stage: 'data', replyCode: null, code: 'EFILE', message: unreadable.message, endMayHaveLeft: false }
        return readFailure(error as SmtpFailure, ended.has(mail.messageId), abort.signal.aborted, givenMs)
      } finally {
        clearTimeout(timer)
        ended.delete(mail.messageId)
        inFlight--
        if (inFlight === 0) onIdle?.()
      }
    },
    async close() {
      if (inFlight > 0) await new Promise<void>((idle) => (onIdle = idle))
      transporter.close()
    },
  }
}

function readFailure(error: SmtpFailure, endMayHaveLeft: boolean, expired: boolean, deadlineMs: number): SmtpResult {
  const replyCode = error.responseCode !== undefined && error.responseCode >= 400 && error.responseCode < 600 ? error.responseCode : null
  const code = expired ? 'ETIMEDOUT' : (error.originalCode ?? error.code ?? 'unknown')
  return {
    kind: 'error',
    stage: stageOf(error, endMayHaveLeft),
    replyCode,
    code,
    message:
      replyCode === null
        ? expired
          ? `no answer within ${Math.round(deadlineMs / 1000)} s`
          : `${error.message}`
        : plainText(error.response ?? error.message),
    endMayHaveLeft: endMayHaveLeft && replyCode === null,
  }
}

function stageOf(error: SmtpFailure, endMayHaveLeft: boolean): SmtpStage {
  if (endMayHaveLeft) return 'data'
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH' || error.code === 'EOAUTH2' || error.command?.startsWith('AUTH')) return 'sign-in'
  switch (error.command) {
    case 'MAIL FROM':
    case 'RCPT TO':
      return 'envelope'
    case 'DATA':
      return 'data'
    case 'API':
      return 'compose'
    default:
      return error.code === 'EENVELOPE' ? 'envelope' : error.code === 'EMESSAGE' || error.code === 'ESTREAM' ? 'compose' : 'connect'
  }
}

function plainText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxMessageLength)
}
