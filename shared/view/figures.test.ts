import { expect, it } from 'vitest'
import { countOf, formatAge, formatCount } from './figures.ts'

it('thins thousands', () => {
  expect(formatCount(8_412_906)).toBe('8,412,906')
  expect(countOf(1, 'event')).toBe('1 event')
  expect(countOf(0, 'delivery', 'deliveries')).toBe('0 deliveries')
})

it.each([
  [-5, '0.0 s'],
  [440, '0.4 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1 m 00 s'],
  [304_000, '5 m 04 s'],
  [10_920_000, '3 h 02 m'],
  [183_600_000, '2 d 03 h'],
])('writes an age of %d ms as %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text)
})
