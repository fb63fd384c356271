import { expect, it } from 'vitest'
import { causeOf } from './cause.rules.ts'

const title = (errorCode: string, error: string, channel: string | null = 'webhook') =>
  causeOf('workspace', 'delivery-exhausted', channel, { errorCode, error, where: 'webhook.connect' }).title

it('calls what is known by words, not by its message', () => {
  expect(title('connection-refused', 'no connection (ECONNREFUSED)')).toBe('connection refused by webhook endpoint')
  expect(title('name-not-resolved', 'the name hooks.ci.example could not be resolved (ENOTFOUND)')).toBe(
    'host name of webhook endpoint not found (ENOTFOUND)',
  )
  expect(title('timeout', 'the mail server did not answer in time', 'email')).toBe('no answer in time from mail server')
  expect(title('http-503', 'the endpoint answered 503')).toBe('HTTP 503 from webhook endpoint')
})

it('calls the rest by its message, without what differs from case to case', () => {
  expect(title('template-error', 'undefined filter: money, line 7', null)).toBe('template error: undefined filter: money, line <number>')
})

it('makes one cause of what one fix would mend', () => {
  const of = (error: string) => causeOf('w', 'delivery-exhausted', 'webhook', { errorCode: 'name-not-resolved', error, where: 'x' }).id
  expect(of('the name a.example.com could not be resolved (ENOTFOUND)')).toBe(
    of('the name b.example.org could not be resolved (ENOTFOUND)'),
  )
  expect(of('the name a.example.com could not be resolved (ENOTFOUND)')).not.toBe(
    of('the name a.example.com could not be resolved (EAI_AGAIN)'),
  )
})
