// What an answer to a webhook means (contract.md, "Webhooks out").
import type { HttpError, HttpErrorCode, HttpResult } from '#platform/http-client/index.ts'
import type { SendOutcome } from './outcome.ts'
import { maxRetryAfterSeconds } from './retry-schedule.rules.ts'

const retriedClientErrors = new Set([408, 409, 425, 429])
const honoursRetryAfter = new Set([429, 502, 503, 504])

const errorWords: Record<HttpErrorCode, { errorCode: string; where: string }> = {
  'refused-target': { errorCode: 'refused-target', where: 'webhook.target' },
  dns: { errorCode: 'name-not-resolved', where: 'webhook.resolve' },
  connect: { errorCode: 'connection-failed', where: 'webhook.connect' },
  tls: { errorCode: 'tls-failed', where: 'webhook.tls' },
  timeout: { errorCode: 'timeout', where: 'webhook.response' },
  reset: { errorCode: 'connection-lost', where: 'webhook.response' },
  protocol: { errorCode: 'invalid-response', where: 'webhook.response' },
}

const systemWords: Record<string, string> = {
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
}

/** Never maybe-sent: the receiver knows a repeat by its webhook-id, so whatever is uncertain is sent again. */
export function judgeWebhook(result: HttpResult): SendOutcome {
  if (result.kind === 'error') return judgeError(result)
  const { statusCode } = result
  if (statusCode >= 200 && statusCode < 300) return { outcome: 'delivered', statusCode }
  const failed = { statusCode, errorCode: `http-${statusCode}`, error: `the endpoint answered ${statusCode}`, where: 'webhook.response' }
  if (statusCode >= 500 || retriedClientErrors.has(statusCode)) {
    const asked = honoursRetryAfter.has(statusCode) ? result.retryAfterSeconds : null
    return { outcome: 'retry', ...failed, ...(asked === null ? {} : { retryAfterSeconds: Math.min(asked, maxRetryAfterSeconds) }) }
  }
  if (statusCode === 410) return { outcome: 'give-up', ...failed, gone: true }
  return { outcome: 'give-up', ...failed }
}

function judgeError(error: HttpError): SendOutcome {
  const words = errorWords[error.code]
  return {
    outcome: error.code === 'refused-target' ? 'give-up' : 'retry',
    statusCode: null,
    errorCode: (error.code === 'connect' && systemWords[error.systemCode ?? '']) || words.errorCode,
    error: error.message,
    where: error.code === 'timeout' && !error.bytesMayHaveLeft ? 'webhook.connect' : words.where,
  }
}
