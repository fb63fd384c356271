import type { Article } from './article.ts'

const refused = 'The mail server did not take the mail, so nobody got it. A replay makes no duplicates.'
const composed = 'Nothing was sent: it was refused here, before a connection was made. A replay makes no duplicates.'

/** Mail servers and mails. */
export const mailArticles: readonly Article[] = [
  {
    id: 'smtp-550',
    codes: ['smtp-5xx'],
    group: 'mail',
    title: 'The mailbox does not exist or refuses mail',
    lead: 'The mail server answered 550: the address is unknown, full, closed, or the mail was taken for spam. Correct the address of the recipient; mails to unknown addresses harm your reputation as a sender.',
    steps: [
      'Read the server’s words in the attempt: unknown address, full mailbox and spam all have the same number.',
      'Correct the address of the recipient, or switch mail off for them.',
      'Taken for spam: look at SPF, DKIM and DMARC of the sender’s domain before anything is sent again.',
    ],
    arrived: refused,
  },
  {
    id: 'smtp-4xx',
    group: 'mail',
    title: 'The mail server cannot take mail now',
    lead: 'It answered with a number in the four hundreds: busy, greylisting, a quota, or a mailbox that is locked for a moment. It was tried again until the attempts were used up.',
    steps: [
      'Look at the mail provider on the map: does it fail for everybody, and since when?',
      'Replay slowly when mails go through again. Hold the provider meanwhile, so that nothing uses up its attempts.',
    ],
    arrived: refused,
  },
  {
    id: 'smtp-not-configured',
    group: 'mail',
    title: 'No mail server is configured',
    lead: 'SMTP_URL is not set, so that no email can leave. Set it, restart, then replay.',
    steps: ['Set SMTP_URL and MAIL_FROM, and restart.', 'Send a test, then replay.'],
    arrived: composed,
  },
  {
    id: 'sign-in-failed',
    codes: ['smtp-530', 'smtp-534', 'smtp-535', 'smtp-538'],
    group: 'mail',
    title: 'The mail server refuses our password',
    lead: 'The sign-in at the mail server (SMTP authentication) failed: user or password in SMTP_URL are wrong, expired, or were changed.',
    steps: [
      'Compare user and password in SMTP_URL with the mail provider’s; special characters must be percent-encoded.',
      'Restart, send a test, then replay.',
    ],
    arrived: refused,
  },
  {
    id: 'invalid-address',
    codes: ['no-address'],
    group: 'mail',
    title: 'The recipient has no address that mail can go to',
    lead: 'The recipient has no email address, or what stands there is none. Correct it at the recipient, then replay: the address is looked up again.',
    steps: [
      'Open the recipient and see what its address is.',
      'Correct it by PUT /recipients/{id}, or send it with the next event.',
      'Replay.',
    ],
    arrived: composed,
  },
  {
    id: 'mail-not-composed',
    codes: ['invalid-sender', 'invalid-reply-to', 'unsafe-header'],
    group: 'mail',
    title: 'The mail cannot be put together',
    lead: 'Sender, reply-to or a header of the mail is not valid: often a value of the event’s data that a template puts where an address or one line belongs.',
    steps: [
      'Read the error: it names the header.',
      'Correct the workflow’s sender, reply-to or subject, and publish it.',
      'Replay: it is rendered again.',
    ],
    arrived: composed,
  },
  {
    id: 'attachment-gone',
    codes: ['attachment-unreadable'],
    group: 'mail',
    title: 'A file of the mail cannot be read',
    lead: 'The mail has an attachment that is deleted, was rejected by its check, or that the object store did not give to its end.',
    steps: [
      'Look at the attachment: is it ready?',
      'Look at the object store on the map: does it answer?',
      'Replay when it is there; without it, edit a copy.',
    ],
    arrived: 'A mail whose file breaks off is not taken by the server, so nobody got half of it. A replay makes no duplicates.',
  },
]
