import { expect, it } from 'vitest'
import { agePosition, objectivePosition } from './age-bar.ts'

it('reaches the tick exactly at the objective, whatever it is', () => {
  for (const objective of [1_000, 30_000]) expect(agePosition(objective, objective)).toBeCloseTo(objectivePosition)
  expect(objectivePosition).toBe(0.625)
})

it('is empty at a hundredth and below, full at some sixteen times', () => {
  expect(agePosition(0, 1_000)).toBe(0)
  expect(agePosition(10, 1_000)).toBe(0)
  expect(agePosition(100_000, 1_000)).toBe(1)
})
