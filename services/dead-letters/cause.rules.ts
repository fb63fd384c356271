// A cause groups dead letters that one fix would mend: same error class, same message once everything that differs from
// case to case is taken out, thrown at the same place.
import { createHash } from 'node:crypto'

export interface Failure {
  /** A stable word: connection-refused, http-503, smtp-550, template. */
  errorCode: string
  error: string
  /** The throwing place: webhook.connect, fan-out.render. */
  where: string
}

export interface Cause {
  /** UUID made of workspace and fingerprint, so that writers need no look-up. */
  id: string
  fingerprint: string
  title: string
}

const replacements: [RegExp, string][] = [
  [/\b(?:evt|ntf|dlv|dl|rpl|att|end|rcp|wfl|cau)_[0-9a-f]{32}\b/g, '<id>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, '<url>'],
  [/[^\s@"'<>]+@[^\s@"'<>]+/g, '<address>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<host>'],
  [/\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\]?(?::\d+)?/gi, '<host>'],
  [/\b(?:localhost|(?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?\b/gi, '<host>'],
  [/\b0x[0-9a-f]+\b/gi, '<number>'],
  [/\b[0-9a-f]{12,}\b/gi, '<id>'],
  [/\d+(?:\.\d+)?/g, '<number>'],
  [/"[^"]*"|'[^']*'/g, '<text>'],
  [/\s+/g, ' '],
]

/** The message with ids, addresses, hosts, numbers and quoted texts taken out. */
export function normaliseMessage(message: string): string {
  let text = message
  for (const [pattern, mark] of replacements) text = text.replace(pattern, mark)
  return text.trim().slice(0, 300)
}

/** The cause of a failure in a workspace. */
export function causeOf(workspaceId: string, kind: string, channel: string | null, failure: Failure): Cause {
  const message = normaliseMessage(failure.error)
  const fingerprint = createHash('sha256')
    .update([kind, channel ?? '', failure.errorCode, message, failure.where].join('\n'))
    .digest('hex')
    .slice(0, 32)
  const id = createHash('sha256').update(`${workspaceId}\n${fingerprint}`).digest('hex')
  // RFC 9562 version 8: an id made by our own rule.
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`
  return { id: uuid, fingerprint, title: titleOf(channel, failure) }
}

const places: Record<string, string> = { webhook: 'webhook endpoint', email: 'mail server', 'in-app': 'inbox' }

/** What is the same thing wherever it happens, in words. */
const titles: Record<string, (place: string) => string> = {
  'connection-refused': (place) => `connection refused by ${place}`,
  'connection-failed': (place) => `no connection to ${place}`,
  'connection-lost': (place) => `connection to ${place} lost before it answered`,
  'host-unreachable': (place) => `${place} cannot be reached`,
  'name-not-resolved': (place) => `host name of ${place} not found`,
  'tls-failed': (place) => `no trusted TLS connection to ${place}`,
  timeout: (place) => `no answer in time from ${place}`,
  'invalid-response': (place) => `${place} does not speak HTTP`,
  'refused-target': (place) => `address of ${place} is not allowed`,
  'sign-in-failed': (place) => `sign-in refused by ${place}`,
  poison: () => 'its worker ended every time it was tried',
}
/** Of these the system's word says which it was: a name that is unknown, or a resolver that is away. */
const withSystemWord = new Set(['connection-failed', 'name-not-resolved', 'tls-failed'])

function titleOf(channel: string | null, failure: Failure): string {
  const place = places[channel ?? ''] ?? 'fan-out'
  const http = /^http-(\d{3})$/.exec(failure.errorCode)
  if (http) return `HTTP ${http[1]} from ${place}`
  const smtp = /^smtp-(\d{3})$/.exec(failure.errorCode)
  if (smtp) return `SMTP ${smtp[1]} from ${place}`
  const known = titles[failure.errorCode]?.(place)
  const word = withSystemWord.has(failure.errorCode) ? (/ \([A-Z_]{3,64}\)$/.exec(failure.error)?.[0] ?? '') : ''
  if (known) return `${known}${word}`
  return `${failure.errorCode.replaceAll('-', ' ')}: ${normaliseMessage(failure.error)}`.slice(0, 160)
}
