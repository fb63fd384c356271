// The SMTP server that stands in for a real one until SMTP_URL is set. It takes every mail and passes none on.
import type { ParsedMail } from 'mailparser'
import type { SMTPServerSession } from 'smtp-server'
import type { Log } from '#platform/telemetry/log.ts'

export interface CaughtMail {
  from: string
  /** Who it was for, by the envelope. */
  to: string[]
  subject: string
  text: string
  html: string | null
  /** Lower-case names; several of one name as a list. */
  headers: Record<string, string | string[]>
  attachments: { filename: string | null; contentType: string; size: number; sha256: string }[]
}

export interface MailCatcherOptions {
  host: string
  /** 0 = a free one. */
  port: number
  log: Log
  /** The client gets its 250 when this resolves, a 451 when it rejects. */
  onMail(mail: CaughtMail): Promise<void>
}

export interface MailCatcher {
  port: number
  /** Mails that are being taken end first. */
  stop(): Promise<void>
}

const maxMailBytes = 25 * 1024 * 1024

/** Starts it. Rejects when the port is taken. */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  // 11 MB that a process which catches no mail never loads.
  const [{ simpleParser }, { SMTPServer }] = await Promise.all([import('mailparser'), import('smtp-server')])
  const { log } = options
  let taking = 0
  let onIdle: (() => void) | undefined

  const server = new SMTPServer({
    name: 'signalbox',
    banner: 'Signalbox mail catcher',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxMailBytes,
    logger: false,
    closeTimeout: 500,
    onData(stream, session, done) {
      taking++
      simpleParser(stream, { checksumAlgo: 'sha256', skipTextToHtml: true, skipImageLinks: true, maxHtmlLengthToParse: 1024 * 1024 })
        .then(async (mail) => {
          if (stream.sizeExceeded) throw Object.assign(new Error('The mail is too large'), { responseCode: 552 })
          await options.onMail(caught(mail, session))
          done()
        })
        .catch((error: Error & { responseCode?: number }) => {
          log.warn({ error: error.message }, 'a mail could not be kept')
          done(Object.assign(new Error('The mail could not be kept'), { responseCode: error.responseCode ?? 451 }))
        })
        .finally(() => {
          taking--
          if (taking === 0) onIdle?.()
        })
    },
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // A client that hangs up in the middle is its own affair.
  server.on('error', (error) => log.debug({ error: error.message }, 'mail catcher'))
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the mail catcher has no port')

  let stopping: Promise<void> | undefined
  return {
    port: address.port,
    stop() {
      stopping ??= (async () => {
        if (taking > 0) await new Promise<void>((idle) => (onIdle = idle))
        await new Promise<void>((closed) => server.close(() => closed()))
      })()
      return stopping
    },
  }
}

function caught(mail: ParsedMail, session: SMTPServerSession): CaughtMail {
  const { mailFrom, rcptTo } = session.envelope
  return {
    from: storable(mail.from?.text ?? (mailFrom === false ? '' : mailFrom.address)),
    to: rcptTo.map((recipient) => storable(recipient.address)),
    subject: storable(mail.subject ?? ''),
    text: storable(mail.text ?? ''),
    html: typeof mail.html === 'string' ? storable(mail.html) : null,
    headers: headersOf(mail),
    attachments: mail.attachments.map((attachment) => ({
      filename: attachment.filename === undefined ? null : storable(attachment.filename),
      contentType: storable(attachment.contentType),
      size: attachment.size,
      sha256: attachment.checksum,
    })),
  }
}

/** As they stand in the mail, unfolded. */
function headersOf(mail: ParsedMail): Record<string, string | string[]> {
  const headers = new Map<string, string[]>()
  for (const { key, line } of mail.headerLines) {
    const value = storable(
      line
        .slice(line.indexOf(':') + 1)
        .replaceAll(/\r?\n[\t ]+/g, ' ')
        .trim(),
    )
    const values = headers.get(storable(key))
    if (values) values.push(value)
    else headers.set(storable(key), [value])
  }
  return Object.fromEntries([...headers].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}

/** Postgres takes neither NUL nor half a surrogate pair; mail from elsewhere may hold both. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
