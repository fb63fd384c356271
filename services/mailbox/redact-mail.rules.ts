// Mail for people who may only look: that it came, when and from whom; not to whom, nor what it says.
import type { Mail } from '#shared/contracts/mail.ts'
import { mask } from '#shared/redact.ts'
import { hideText } from '../masking/index.ts'

export function redactMail(mail: Mail): Mail {
  return {
    ...mail,
    masked: true,
    to: mail.to.map(() => mask),
    subject: hideText(mail.subject),
    text: hideText(mail.text),
    html: hideText(mail.html),
    // They say all of it once more.
    headers: {},
    // A name may be a person's; a hash tells a document by itself.
    attachments: mail.attachments.map((attachment) => ({ ...attachment, filename: hideText(attachment.filename), sha256: mask })),
  }
}
