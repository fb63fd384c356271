import { expect, it } from 'vitest'
import { axisFigure, niceMaximum } from './chart.ts'

it.each([
  [0, 1],
  [0.3, 1],
  [1.2, 2],
  [37, 40],
  [142, 200],
  [20_912, 40_000],
])('ends an axis for %d at %d', (value, end) => {
  expect(niceMaximum(value)).toBe(end)
})

it('writes figures of an axis short', () => {
  expect([0, 0.5, 40, 200, 20_000, 1_500_000].map(axisFigure)).toEqual(['0', '0.5', '40', '200', '20k', '1.5M'])
})
