import { expect, it } from 'vitest'
import type { EventView } from '../contracts/event.ts'
import { isOver, stationsPassed } from './stations.ts'

const delivery = (state: string, attempts = 0) =>
  ({ state, attempts: Array.from({ length: attempts }) }) as unknown as EventView['deliveries'][number]

it('lights a station when the rows prove that the event was there', () => {
  expect(stationsPassed(null)).toBe(0)
  expect(stationsPassed({ state: 'accepted', deliveries: [] })).toBe(1)
  expect(stationsPassed({ state: 'processing', deliveries: [] })).toBe(2)
  expect(stationsPassed({ state: 'unmatched', deliveries: [] })).toBe(3)
  expect(stationsPassed({ state: 'processing', deliveries: [delivery('pending')] })).toBe(4)
  expect(stationsPassed({ state: 'processing', deliveries: [delivery('retrying', 1)] })).toBe(5)
  expect(stationsPassed({ state: 'processing', deliveries: [delivery('dead', 3), delivery('delivered', 1)] })).toBe(6)
})

it('is over when the event is', () => {
  expect(isOver({ state: 'processing' })).toBe(false)
  expect(isOver({ state: 'completed' })).toBe(true)
})
