import { expect, it } from 'vitest'
import { momentOf, periodQuery } from './period.ts'

it('takes what a field gives as UTC, and leaves out what is no time', () => {
  expect(momentOf('2026-11-20T14:00')).toBe('2026-11-20T14:00:00.000Z')
  expect(momentOf('2026-11-20T14:00:00+01:00')).toBe('2026-11-20T13:00:00.000Z')
  expect(momentOf('')).toBeUndefined()
  expect(momentOf('soon')).toBeUndefined()
  expect(periodQuery({ from: '2026-11-20' })).toEqual({ from: '2026-11-20T00:00:00.000Z', to: undefined })
})
