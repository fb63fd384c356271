import { expect, test } from 'vitest'
import { shareOf } from './share-concurrency.rules.ts'

test('shares add up to the whole, however many workers there are', () => {
  for (const total of [0, 1, 2, 5, 40, 41]) {
    for (const count of [1, 2, 3, 7]) {
      const workers = Array.from({ length: count }, (_, i) => `w${i}`)
      const shares = workers.map((worker) => shareOf(total, workers, worker))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }
  }
})

test('a worker that nobody counts takes nothing', () => {
  expect(shareOf(10, ['a', 'b'], 'c')).toBe(0)
  expect(shareOf(10, [], 'c')).toBe(0)
})
