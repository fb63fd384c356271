// What became of a mail. There is no webhook-id here: a repeat is a second mail in somebody's inbox, so what is uncertain is
// never sent again by itself (protocol.md, "Meeting sending").
import type { SmtpResult } from '#platform/mail/index.ts'
import type { SendOutcome } from './outcome.ts'

const codeWords: Record<string, string> = {
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'timeout',
  ESOCKET: 'connection-failed',
  ECONNECTION: 'connection-lost',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  EDNS: 'name-not-resolved',
  ENOTFOUND: 'name-not-resolved',
  EFILE: 'attachment-unreadable',
  ETLS: 'tls-failed',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
}

const sentences: Record<string, string> = {
  'connection-refused': 'the mail server refused the connection',
  'connection-lost': 'the mail server closed the connection',
  'connection-failed': 'no connection to the mail server',
  'host-unreachable': 'the mail server cannot be reached',
  'name-not-resolved': 'the name of the mail server could not be resolved',
  'tls-failed': 'no secure connection to the mail server',
  'attachment-unreadable': 'the object store did not give a file to its end',
  timeout: 'the mail server did not answer in time',
}

/** Replies in the 5yz that are about the session or our account, not about this mail: sending it again can help. */
const notAboutTheMail = new Set([503, 530, 534, 535, 538])

export function judgeEmail(result: SmtpResult): SendOutcome {
  if (result.kind === 'accepted') return { outcome: 'delivered', statusCode: result.replyCode }
  const where = `email.${result.stage}`
  const { replyCode, stage } = result
  if (replyCode !== null) {
    const aboutTheMail = stage !== 'connect' && stage !== 'sign-in' && !notAboutTheMail.has(replyCode)
    const outcome = replyCode >= 500 && aboutTheMail ? 'give-up' : 'retry'
    return { outcome, statusCode: replyCode, errorCode: `smtp-${replyCode}`, error: `the mail server answered ${result.message}`, where }
  }
  // Refused on our side, before a byte went out: too large, no valid envelope, not composable.
  if (stage === 'compose' || stage === 'envelope') {
    if (!(result.code in codeWords))
      return { outcome: 'give-up', statusCode: null, errorCode: 'mail-not-composed', error: result.message, where }
  }
  const errorCode = codeWords[result.code] ?? (stage === 'sign-in' ? 'sign-in-failed' : 'connection-failed')
  const sentence = sentences[errorCode] ?? result.message
  if (result.endMayHaveLeft) {
    return { outcome: 'maybe-sent', statusCode: null, errorCode, error: `the whole mail went out, but ${sentence}`, where }
  }
  return { outcome: 'retry', statusCode: null, errorCode, error: sentence, where }
}
