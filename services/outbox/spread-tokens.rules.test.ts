import { expect, test } from 'vitest'
import { spreadTokens } from './spread-tokens.rules.ts'

const lanes = (...rooms: number[]) => rooms.map((room, i) => ({ lane: 'abcdef'[i]!, room }))
const given = (spread: { lane: string; room: number }[]) => Object.fromEntries(spread.map(({ lane, room }) => [lane, room]))

test('gives each lane as much, and what one does not want to the others', () => {
  expect(given(spreadTokens(lanes(100, 100), 10, 0))).toEqual({ a: 5, b: 5 })
  expect(given(spreadTokens(lanes(2, 100), 10, 0))).toEqual({ a: 2, b: 8 })
})

test('never gives more than there is, and no fractions', () => {
  expect(spreadTokens(lanes(5, 5), 0.9, 0)).toEqual([])
  const spread = spreadTokens(lanes(3, 3, 3), 4.7, 0)
  expect(spread.reduce((sum, lane) => sum + lane.room, 0)).toBe(4)
  expect(given(spreadTokens(lanes(3, 3), 100, 0))).toEqual({ a: 3, b: 3 })
})

test('with more lanes than rows, each lane has its turn', () => {
  const served = [0, 1, 2].flatMap((turn) => spreadTokens(lanes(9, 9, 9), 1, turn).map(({ lane }) => lane))
  expect(served.sort()).toEqual(['a', 'b', 'c'])
})
