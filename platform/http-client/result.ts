// What a guarded call came to, and how undici's and Node's errors are read.
import { errors } from 'undici'
import { RefusedTargetError, ResolveError } from './resolve-target.ts'

export type HttpErrorCode = 'refused-target' | 'dns' | 'connect' | 'tls' | 'timeout' | 'reset' | 'protocol'

/** What opening a connection took. */
export interface Dial {
  /** The name and TCP. */
  connectMs: number
  /** The handshake; null without TLS. */
  tlsMs: number | null
}

export interface HttpResponse {
  kind: 'response'
  /** The connection that was opened for this call; missing when a kept one was used. */
  dial?: Dial
  statusCode: number
  /** From the request on an open connection to the first byte of the answer. */
  firstByteMs: number
  /** From Retry-After, in seconds or as an HTTP date; null when it is absent or not readable. */
  retryAfterSeconds: number | null
  /** The first bytes of an answer outside 2xx, as text for operators; '' otherwise. */
  bodyExcerpt: string
}

export interface HttpError {
  kind: 'error'
  code: HttpErrorCode
  /** The system's word for it, such as ECONNREFUSED; null when there is none. */
  systemCode: string | null
  /** A sentence without secrets. */
  message: string
  /** False only when it is certain that no byte of the request went out. */
  bytesMayHaveLeft: boolean
}

export type HttpResult = HttpResponse | HttpError

const httpDate = /^[A-Z][a-z]{2,8},? /

/** RFC 9110, 10.2.3: delay-seconds or HTTP-date. Never negative. */
export function parseRetryAfter(value: string | string[] | undefined, nowMs: number): number | null {
  const text = (Array.isArray(value) ? value[0] : value)?.trim()
  if (!text) return null
  if (/^\d{1,10}$/.test(text)) return Number(text)
  if (!httpDate.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000))
}

const tlsCode =
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|CRL_|EPROTO$)/

function codeOf(error: unknown): string | null {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return typeof code === 'string' ? code : null
}

const timeoutCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const protocolCodes = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
])

/** Reads an error of the dial (`started` false) or of the exchange. */
export function readError(error: unknown, started: boolean): HttpError {
  const systemCode = codeOf(error)
  const make = (code: HttpErrorCode, message: string): HttpError => ({
    kind: 'error',
    code,
    systemCode,
    message,
    bytesMayHaveLeft: started,
  })
  if (error instanceof RefusedTargetError) return make('refused-target', error.message)
  if (error instanceof ResolveError) return make('dns', error.message)
  if (systemCode !== null && timeoutCodes.has(systemCode))
    return make('timeout', started ? 'the connection timed out' : 'no connection within the time allowed')
  if (systemCode !== null && tlsCode.test(systemCode)) return make('tls', `no secure connection (${systemCode})`)
  if (systemCode === 'UND_ERR_HEADERS_OVERFLOW') return make('protocol', 'the answer has too many header bytes')
  if (error instanceof errors.HTTPParserError) return make('protocol', 'the answer is not HTTP')
  if (systemCode !== null && protocolCodes.has(systemCode)) return make('protocol', `the exchange is not valid HTTP (${systemCode})`)
  if (!started) return make('connect', `no connection (${systemCode ?? 'closed'})`)
  // undici: an upgrade or 100 that nobody asked for.
  if (error instanceof Error && error.message.startsWith('bad ')) return make('protocol', 'the answer is not one to this request')
  return make('reset', 'the connection was lost before the answer')
}

/** Printable text of at most `limit` bytes. */
export function excerptOf(chunks: readonly Buffer[], limit: number): string {
  if (chunks.length === 0) return ''
  return Buffer.concat(chunks)
    .subarray(0, limit)
    .toString('utf8')
    .replaceAll(/[\p{Cc}\p{Cf}\s\ufffd]+/gu, ' ')
    .trim()
}
