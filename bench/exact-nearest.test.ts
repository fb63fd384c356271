import { expect, test } from 'vitest'
import { createExactNearest } from './exact-nearest.ts'

test('keeps the nearest by direction, whatever their length and order', () => {
  const exact = createExactNearest(
    [
      [1, 0],
      [0, 1],
    ],
    2,
  )
  for (const [id, vector] of Object.entries({ long: [90, 30], east: [1, 0.1], north: [0.1, 1], between: [1, 1] })) exact.add(id, vector)
  expect(exact.nearestTo(0)).toEqual(new Set(['east', 'long']))
  expect(exact.nearestTo(1)).toEqual(new Set(['north', 'between']))
})
