import { describe, expect, test } from 'vitest'
import { bodyOfLetter, problemsOfBody } from './letter-body.ts'

const paths = (channel: string | null, body: unknown) => problemsOfBody(channel, body).map((problem) => problem.path)

describe('problemsOfBody', () => {
  test('takes what each channel can send', () => {
    expect(paths('webhook', { anything: [1, { deep: null }] })).toEqual([])
    expect(paths('email', { subject: 'Hi', text: 'there', html: null, from: null })).toEqual([])
    expect(paths('in-app', { title: 'Hi', body: 'there', url: '/orders/7' })).toEqual([])
  })

  test('says where a mail is wrong', () => {
    expect(paths('email', { subject: '', text: 'x' })).toEqual(['/subject'])
    expect(paths('email', { subject: 'a\r\nBcc: all@example.com', text: 'x' })).toEqual(['/subject'])
    expect(paths('email', { subject: 'Hi' })).toEqual(['/text'])
    expect(paths('email', { subject: 'Hi', text: 1, title: 'x' })).toEqual(['/text', '/title'])
  })

  test('says where an inbox message is wrong', () => {
    expect(paths('in-app', { body: 'x' })).toEqual(['/title'])
    expect(paths('in-app', { title: 'x', url: 'javascript:alert(1)' })).toEqual(['/url'])
  })

  test('refuses webhooks that are no object or too large, and whole events', () => {
    expect(paths('webhook', [1])).toEqual([''])
    expect(paths('webhook', { text: 'x'.repeat(1_000_000) })).toEqual([''])
    expect(problemsOfBody(null, {})[0]!.message).toContain('whole event')
  })
})

test('bodyOfLetter is what would be sent: an earlier edit before the original', () => {
  const snapshot = { event: { data: { a: 1 } }, content: { subject: 'x' }, override: null }
  expect(bodyOfLetter('webhook', snapshot)).toEqual({ a: 1 })
  expect(bodyOfLetter('email', snapshot)).toEqual({ subject: 'x' })
  expect(bodyOfLetter('webhook', { ...snapshot, override: { b: 2 } })).toEqual({ b: 2 })
})
