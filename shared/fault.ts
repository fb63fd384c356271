// Every error that we raise on purpose carries a code; the HTTP map below is complete by type,
// so that a new code without a status does not compile.

export const faultStatus = {
  'not-json': 400,
  'bad-encoding': 400,
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'idempotency-in-flight': 409,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  invalid: 422,
  'idempotency-mismatch': 422,
  'rate-limited': 429,
  'not-implemented': 501,
  internal: 500,
  overloaded: 503,
  'dependency-unavailable': 503,
} as const satisfies Record<string, number>

export type FaultCode = keyof typeof faultStatus

export const faultTitle: Record<FaultCode, string> = {
  'not-json': 'The body is not JSON',
  'bad-encoding': 'The body is not UTF-8',
  'bad-request': 'The request cannot be read',
  unauthenticated: 'Authentication is missing or not valid',
  forbidden: 'This credential may not do that',
  'not-found': 'Not found',
  'method-not-allowed': 'Method not allowed',
  conflict: 'The state of the resource does not allow that',
  'idempotency-in-flight': 'The first request with this Idempotency-Key is still running',
  'payload-too-large': 'The body is too large',
  'unsupported-media-type': 'The media type is not supported',
  invalid: 'The request is not valid',
  'idempotency-mismatch': 'This Idempotency-Key was used with another body',
  'rate-limited': 'Too many requests',
  'not-implemented': 'Not available',
  internal: 'Something went wrong here',
  overloaded: 'More requests than can be taken now',
  'dependency-unavailable': 'A part that this needs does not answer',
}

export interface FaultDetail {
  /** JSON Pointer (RFC 6901) to what is wrong in the body, or the parameter's name. */
  path: string
  message: string
}

export interface FaultOptions {
  errors?: FaultDetail[]
  /** Seconds; always sent with 429 and 503. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** An error with a code that the HTTP layer turns into problem+json. Its message is shown to the caller. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly errors: FaultDetail[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** RFC 9457 body of a fault. `instance` is the request's path. */
export function problemOf(fault: Fault, instance: string, requestId: string) {
  return {
    type: `https://signalbox.dev/problems/${fault.code}`,
    title: faultTitle[fault.code],
    status: faultStatus[fault.code] as number,
    detail: fault.message,
    instance,
    requestId,
    ...(fault.errors ? { errors: fault.errors } : {}),
  }
}
