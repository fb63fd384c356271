import { describe, expect, it } from 'vitest'
import { refusedEndpointHeader } from './refuse-endpoint-header.rules.ts'

describe('headers of an endpoint', () => {
  it.each([
    ['x-token', 'abc'],
    ['Authorization', 'Bearer abc'],
    ['X-Empty', ''],
    ['cookie', 'a=b; c="d"'],
  ])('takes %s: %s', (name, value) => {
    expect(refusedEndpointHeader(name, value)).toBeNull()
  })

  it.each([
    'Host',
    'content-length',
    'Content-Type',
    'Transfer-Encoding',
    'connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Proxy-Authorization',
    'proxy-connection',
    'Expect',
    'Accept-Encoding',
    'User-Agent',
    'webhook-id',
    'Webhook-Signature',
    'WEBHOOK-anything',
  ])('refuses the name %s', (name) => {
    expect(refusedEndpointHeader(name, 'x')).not.toBeNull()
  })

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ü', 'a\u0000', '(a)', 'a'.repeat(129)])('refuses the name %j', (name) => {
    expect(refusedEndpointHeader(name, 'x')).not.toBeNull()
  })

  it.each(['a\r\nHost: b', 'a\nb', 'a\rb', 'a\u0000b', 'a\u007fb', 'ü', '\u2028', 'a'.repeat(4097)])('refuses the value %j', (value) => {
    expect(refusedEndpointHeader('x-a', value)).not.toBeNull()
  })
})
