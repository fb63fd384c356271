import { expect, it } from 'vitest'
import { axisFigure, axisSplits, niceMaximum } from './chart.ts'

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

it('has no half count on an axis', () => {
  const of = (...values: (number | null)[]) => [{ label: 'waiting', values, tone: 'served' as const }]
  expect(axisSplits(1, of(0, null, 1))).toEqual([0, 1])
  expect(axisSplits(40, of(0, 31))).toEqual([0, 20, 40])
  expect(axisSplits(1, of(0, 0.4))).toEqual([0, 0.5, 1])
})
