import { describe, expect, it } from 'vitest'
import { windowOf } from './index.ts'

describe('windowOf', () => {
  it.each([
    [
      { perSecond: 10, burst: 10 },
      { points: 10, seconds: 1 },
    ],
    [
      { perSecond: 10, burst: 50 },
      { points: 50, seconds: 5 },
    ],
    [
      { perSecond: 10, burst: 55 },
      { points: 60, seconds: 6 },
    ],
    [
      { perSecond: 100, burst: 10 },
      { points: 100, seconds: 1 },
    ],
  ])('keeps the average of %o', (rate, window) => {
    expect(windowOf(rate)).toEqual(window)
    expect(window.points / window.seconds).toBe(rate.perSecond)
  })
})
