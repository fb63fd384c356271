import { expect, it } from 'vitest'
import { errorsByField, formOf, readForm } from './endpoint-form.ts'

it('reads what was typed: types by line or comma, an empty schedule as the default', () => {
  expect(readForm({ ...formOf(null), url: ' https://a.b ', eventTypes: 'push\npull_request.*, issues' })).toEqual({
    fields: { url: 'https://a.b', eventTypes: ['push', 'pull_request.*', 'issues'], description: '', audience: null, retrySchedule: null },
    errors: {},
  })
  expect(readForm({ ...formOf(null), retrySchedule: '5, 300' }).fields.retrySchedule).toEqual([5, 300])
})

it('says at its field what is wrong, without asking the API where it can', () => {
  expect(readForm({ ...formOf(null), retrySchedule: 'soon' }).errors).toEqual({ '/retrySchedule': expect.any(String) })
  expect(
    errorsByField([
      { path: '/eventTypes/0', message: 'no' },
      { path: '/url', message: 'private' },
    ]),
  ).toEqual({ '/eventTypes': 'no', '/url': 'private' })
})
