import { expect, test } from 'vitest'
import { countsFromUs, dueAtUs } from './schedule.ts'

test('requests are due at even distances, also at odd rates', () => {
  expect(dueAtUs(0, 3)).toBe(0)
  expect(dueAtUs(3, 3)).toBe(1_000_000)
  expect(dueAtUs(30_000, 1_000)).toBe(30_000_000)
})

test('a timer that fires a moment late is not the latency of the target', () => {
  expect(countsFromUs(10_000, 10_900)).toBe(10_900)
})

test('what left late because the generator was kept waiting counts from its own moment', () => {
  expect(countsFromUs(10_000, 60_000)).toBe(10_000)
})
