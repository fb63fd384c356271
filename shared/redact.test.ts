import { describe, expect, test } from 'vitest'
import { mask, redactJson, redactText, standardNames } from './redact.ts'

describe('redactJson', () => {
  test('masks values under secret and personal names, at any depth, and keeps the shape', () => {
    const payload = {
      title: 'Order 4711 is late',
      user: { email: 'ada@example.com', fullName: 'Ada L.', address: { street: 'Way 1', floor: 3 }, plan: 'pro' },
      api_key: 'abc',
      accessToken: 'x',
      passwords: [{ password: 'hunter2' }, { password: null }, { password: '' }],
      count: 3,
    }
    expect(redactJson(payload)).toEqual({
      title: 'Order 4711 is late',
      user: { email: mask, fullName: mask, address: { street: mask, floor: mask }, plan: 'pro' },
      api_key: mask,
      accessToken: mask,
      passwords: [{ password: mask }, { password: null }, { password: '' }],
      count: 3,
    })
    expect(payload.user.email).toBe('ada@example.com')
  })

  test('masks the names that a workspace names itself', () => {
    expect(redactJson({ Employee: 'E-17', other: 1 }, ['employee'])).toEqual({ Employee: mask, other: 1 })
  })

  test('leaves ordinary payloads alone', () => {
    const payload = {
      repository: { id: 123, name: 'octo-labs/api', url: 'https://github.com/octo-labs/api' },
      ref: 'refs/heads/main',
      sha: 'c0ffee',
    }
    expect(redactJson(payload)).toEqual(payload)
  })
})

describe('redactText', () => {
  test.each([
    ['550 5.1.1 <ada@example.com> unknown', `550 5.1.1 <${mask}> unknown`],
    ['call +49 30 1234567 now', `call ${mask} now`],
    ['Authorization: Bearer abcdef123456', `Authorization: ${mask}`],
    ['key sk_live_0123456789abcdef', `key ${mask}`],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', `token ${mask}`],
    ['token=x-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.', `token=x-${mask}.`],
    ['x.abcdefghijkl.eyJhbGciOiJIUzI1NiJ9.e30.c2ln.eyJhbGciOiJIUzI1NiJ9.e30.', `x.abcdefghijkl.${mask}.${mask}`],
    ['octo-labs-api.example.com', 'octo-labs-api.example.com'],
    ['a@b.c,d@e.f', `${mask},${mask}`],
    ['card 4111 1111 1111 1111', `card ${mask}`],
    ['connect ECONNREFUSED 203.0.113.24:443', 'connect ECONNREFUSED 203.0.113.24:443'],
  ])('%s', (text, wanted) => expect(redactText(text).trim()).toBe(wanted))
})

// Each took minutes when a pattern was tried from every character of it; CPU time, so that a busy machine changes nothing.
test.each([
  ['a blank nowhere', 'a'.repeat(200_000)],
  ['an address that never ends', `x@${'a'.repeat(200_000)}`],
  ['beginnings of tokens', 'eyJaaaaaaaa-'.repeat(20_000)],
  ['parts of tokens', 'eyJaaaaaaaa.'.repeat(20_000)],
  ['dots', '.'.repeat(200_000)],
  ['beginnings of keys', 'sk-sk_'.repeat(30_000)],
  ['beginnings of bearers', 'Bearer '.repeat(30_000)],
  ['beginnings of certificates', '-----BEGIN '.repeat(20_000)],
  ['certificates without an end', '-----BEGIN A-----'.repeat(30_000)],
  ['digits', '1 '.repeat(200_000)],
  ['digits without an end', '1'.repeat(200_000)],
  ['numbers with a plus', '+1 ('.repeat(50_000)],
  ['account numbers', 'DE12'.repeat(50_000)],
])('a long text is looked through once: %s', (_, text) => {
  const before = process.cpuUsage()
  redactText(text)
  const { user, system } = process.cpuUsage(before)
  expect(user + system).toBeLessThan(10_000_000)
})

test('every name that people are told of is masked', () => {
  const values = Object.fromEntries(standardNames.map((name) => [name, 'x']))
  expect(new Set(Object.values(redactJson(values)))).toEqual(new Set([mask]))
})
