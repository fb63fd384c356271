import { expect, it } from 'vitest'
import { fieldOf, readRecipients, readTestEvent } from './test-event.ts'

it('reads recipients by id, with an address, and by topic', () => {
  expect(readRecipients('u1\nu2 <ada@example.com>, topic:repo-7\n\n')).toEqual([
    'u1',
    { id: 'u2', email: 'ada@example.com' },
    { topic: 'repo-7' },
  ])
})

it('says where JSON is not an object, before anything is sent', () => {
  const form = { type: 'a.b', recipients: 'u1', subject: '', data: '' }
  expect(readTestEvent(form)).toEqual({ event: { type: 'a.b', recipients: ['u1'], data: {} }, errors: null })
  expect(readTestEvent({ ...form, data: '[1]' }).errors).toEqual([{ path: '/data', message: 'must be a JSON object: { ... }' }])
  expect(readTestEvent({ ...form, data: '{"a": }' }).errors![0]!.message).toMatch(/^is not JSON: /)
})

it('puts errors of the API to their fields', () => {
  expect(['/recipients/0/email', '/data', '/type', '', '/subject'].map(fieldOf)).toEqual(['recipients', 'data', 'type', 'type', 'subject'])
})
