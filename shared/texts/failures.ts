// Why an attempt failed, in words: by the stable codes that senders give (services/channels).

const words: Readonly<Record<string, string>> = {
  'connection-failed': 'no connection',
  'connection-lost': 'connection lost',
  'connection-refused': 'connection refused',
  'host-unreachable': 'host unreachable',
  'invalid-address': 'address not valid',
  'invalid-reply-to': 'reply-to not valid',
  'invalid-response': 'answer not understood',
  'invalid-sender': 'sender not valid',
  'mail-not-composed': 'mail could not be composed',
  'name-not-resolved': 'host name not found',
  'no-address': 'no email address',
  'no-secret': 'no secret to sign with',
  'refused-target': 'target address not allowed',
  'smtp-not-configured': 'no mail server configured',
  'tls-failed': 'TLS handshake failed',
  'unsafe-header': 'header not allowed',
  'workflow-missing': 'workflow no longer published',
  interrupted: 'cut off by the end of a process',
  internal: 'fault of ours',
  other: 'other errors',
  timeout: 'no answer in time',
}

/** 'HTTP 503', 'SMTP 421', 'no answer in time'; a code without words reads as its own: 'new-code' -> 'new code'. */
export function failureWords(code: string): string {
  const [, kind, status] = /^(http|smtp)-(\d{3})$/.exec(code) ?? []
  return kind ? `${kind.toUpperCase()} ${status}` : (words[code] ?? code.replaceAll('-', ' '))
}
