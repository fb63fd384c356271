import { describe, expect, it } from 'vitest'
import type { HttpErrorCode, HttpResult } from '#platform/http-client/index.ts'
import { judgeWebhook } from './judge-webhook.rules.ts'

const answer = (statusCode: number, retryAfterSeconds: number | null = null): HttpResult => ({
  kind: 'response',
  statusCode,
  retryAfterSeconds,
  firstByteMs: 3,
  bodyExcerpt: '',
})
const error = (code: HttpErrorCode, systemCode: string | null = null, bytesMayHaveLeft = true): HttpResult => ({
  kind: 'error',
  code,
  systemCode,
  message: 'a sentence',
  bytesMayHaveLeft,
})

describe('answers', () => {
  it.each([200, 201, 202, 204, 206, 299])('%i is delivered', (status) => {
    expect(judgeWebhook(answer(status))).toEqual({ outcome: 'delivered', statusCode: status })
  })

  it.each([408, 409, 425, 429, 500, 501, 502, 503, 504, 507, 520, 599])('%i is tried again', (status) => {
    expect(judgeWebhook(answer(status))).toEqual({
      outcome: 'retry',
      statusCode: status,
      errorCode: `http-${status}`,
      error: `the endpoint answered ${status}`,
      where: 'webhook.response',
    })
  })

  it.each([300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 411, 413, 415, 418, 422, 451])('%i is given up', (status) => {
    const outcome = judgeWebhook(answer(status, 5))
    expect(outcome).toMatchObject({ outcome: 'give-up', statusCode: status, errorCode: `http-${status}` })
    expect(outcome).not.toHaveProperty('gone')
    expect(outcome).not.toHaveProperty('retryAfterSeconds')
  })

  it('410 says that the endpoint is gone', () => {
    expect(judgeWebhook(answer(410))).toMatchObject({ outcome: 'give-up', gone: true })
  })

  it.each([429, 502, 503, 504])('%i honours Retry-After, at most a day', (status) => {
    expect(judgeWebhook(answer(status, 30))).toMatchObject({ outcome: 'retry', retryAfterSeconds: 30 })
    expect(judgeWebhook(answer(status, 0))).toMatchObject({ retryAfterSeconds: 0 })
    expect(judgeWebhook(answer(status, 1e9))).toMatchObject({ retryAfterSeconds: 86_400 })
  })

  it.each([408, 409, 425, 500])('%i does not', (status) => {
    expect(judgeWebhook(answer(status, 30))).not.toHaveProperty('retryAfterSeconds')
  })
})

describe('errors', () => {
  it.each<[HttpErrorCode, string | null, boolean, string, string]>([
    ['dns', null, false, 'name-not-resolved', 'webhook.resolve'],
    ['connect', 'ECONNREFUSED', false, 'connection-refused', 'webhook.connect'],
    ['connect', 'EHOSTUNREACH', false, 'host-unreachable', 'webhook.connect'],
    ['connect', 'ENETUNREACH', false, 'host-unreachable', 'webhook.connect'],
    ['connect', 'UND_ERR_SOCKET', false, 'connection-failed', 'webhook.connect'],
    ['tls', 'CERT_HAS_EXPIRED', false, 'tls-failed', 'webhook.tls'],
    ['timeout', null, false, 'timeout', 'webhook.connect'],
    ['timeout', null, true, 'timeout', 'webhook.response'],
    ['reset', 'ECONNRESET', true, 'connection-lost', 'webhook.response'],
    ['protocol', null, true, 'invalid-response', 'webhook.response'],
  ])('%s (%s, bytes may have left: %s) is tried again as %s at %s', (code, systemCode, left, errorCode, where) => {
    expect(judgeWebhook(error(code, systemCode, left))).toEqual({
      outcome: 'retry',
      statusCode: null,
      errorCode,
      error: 'a sentence',
      where,
    })
  })

  it('a refused target is given up', () => {
    expect(judgeWebhook(error('refused-target', null, false))).toMatchObject({
      outcome: 'give-up',
      errorCode: 'refused-target',
      where: 'webhook.target',
    })
  })
})
