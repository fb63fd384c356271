import type { Config } from '#platform/config/index.ts'
import { createSmtpTransport, workspaceHeader, type SmtpTransport } from '#platform/mail/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { publicId } from '#shared/ids.ts'
import { refuseEmail } from './check-email.rules.ts'
import { judgeEmail } from './judge-email.rules.ts'
import type { EmailMessage, EmailSender, SendOutcome } from './outcome.ts'

/** Sends mail over SMTP_URL. */
export function createEmailSender(deps: { config: Config; log: Log; transport?: SmtpTransport }): EmailSender {
  const { config } = deps
  const transport = deps.transport ?? (config.SMTP_URL === undefined ? undefined : createSmtpTransport({ url: config.SMTP_URL }))

  return {
    async send(message: EmailMessage): Promise<SendOutcome> {
      if (transport === undefined) {
        return {
          outcome: 'retry',
          statusCode: null,
          errorCode: 'smtp-not-configured',
          error: 'SMTP_URL is not set',
          where: 'email.connect',
        }
      }
      const from = message.from || config.MAIL_FROM
      const refused = refuseEmail({ ...message, from })
      if (refused) return { outcome: 'give-up', statusCode: null, ...refused, where: 'email.compose' }
      const result = await transport.send({
        messageId: `<${publicId('delivery', message.deliveryId)}@signalbox>`,
        from,
        to: message.to,
        replyTo: message.replyTo || undefined,
        subject: message.subject,
        html: message.html ?? undefined,
        // A mail without any body is not one; an empty text part keeps it valid.
        text: message.text ?? (message.html ? undefined : ''),
        ...(message.files ? { files: message.files } : {}),
        // Only our own catcher may learn which workspace a mail belongs to.
        headers: config.SIGNALBOX_MAIL_CATCHER ? { [workspaceHeader]: message.workspaceId } : undefined,
      })
      return judgeEmail(result)
    },
    async close() {
      await transport?.close()
    },
  }
}
