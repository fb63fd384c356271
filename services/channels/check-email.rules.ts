// What may stand in a mail's header. Addresses and subjects come from customers' data: a line break would begin another header.
import addressparser from 'nodemailer/lib/addressparser'
import type { EmailMessage } from './outcome.ts'

const lineBreak = /[\r\n\0\u0085\u2028\u2029]/
/** One address, without a name, comment, route or list: local part and domain, international ones included (RFC 6531). */
const addressOnly = /^[^\s<>()[\]\\,;:@"\p{Cc}]{1,64}@[^\s<>()\\,;:@"\p{Cc}]{1,255}$/u

/** `undefined` when the mail may be composed, else what is wrong with it. */
export function refuseEmail(
  message: Pick<EmailMessage, 'to' | 'replyTo' | 'subject'> & { from: string },
): { errorCode: string; error: string } | undefined {
  for (const [name, value] of Object.entries({
    from: message.from,
    to: message.to,
    'reply-to': message.replyTo ?? '',
    subject: message.subject,
  })) {
    if (lineBreak.test(value)) return { errorCode: 'unsafe-header', error: `the ${name} of the mail has a line break in it` }
  }
  if (!addressOnly.test(message.to)) return { errorCode: 'invalid-address', error: 'the recipient’s address is not a mail address' }
  if (!isOneMailbox(message.from)) return { errorCode: 'invalid-sender', error: 'the sender of the mail is not one mail address' }
  if (message.replyTo && !isOneMailbox(message.replyTo))
    return { errorCode: 'invalid-reply-to', error: 'the reply-to of the mail is not one mail address' }
  return undefined
}

/** `Name <a@b.c>` or `a@b.c`. */
function isOneMailbox(text: string): boolean {
  const parsed = addressparser(text)
  const [only] = parsed
  return (
    parsed.length === 1 && only !== undefined && 'address' in only && typeof only.address === 'string' && addressOnly.test(only.address)
  )
}
