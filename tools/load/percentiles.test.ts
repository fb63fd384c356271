import { describe, expect, test } from 'vitest'
import { percentilesOf, Samples } from './percentiles.ts'

describe('percentiles', () => {
  test('are values that were really seen, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(percentilesOf(values)).toEqual({ count: 100, p50: 50, p90: 90, p95: 95, p99: 99, max: 100 })
  })

  test('of one value are that value', () => {
    expect(percentilesOf([7])).toEqual({ count: 1, p50: 7, p90: 7, p95: 7, p99: 7, max: 7 })
  })

  test('of nothing are not numbers, instead of a good-looking 0', () => {
    expect(percentilesOf([])).toEqual({ count: 0, p50: NaN, p90: NaN, p95: NaN, p99: NaN, max: NaN })
  })

  test('sort numbers as numbers', () => {
    expect(percentilesOf([9, 10, 100]).p50).toBe(10)
    expect(percentilesOf(Float64Array.of(9, 100, 10)).max).toBe(100)
  })
})

describe('samples', () => {
  test('grow without losing what was there, and answer in milliseconds', () => {
    const samples = new Samples()
    for (let i = 1; i <= 10_000; i++) samples.add(i * 1_000)
    expect(samples.count).toBe(10_000)
    expect(samples.percentilesMs()).toMatchObject({ p50: 5_000, max: 10_000 })
  })
})
