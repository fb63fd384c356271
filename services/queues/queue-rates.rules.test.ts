import { describe, expect, test } from 'vitest'
import { neverDrainsSeconds } from '#shared/contracts/queue.ts'
import { drainSeconds, ratesOver, type Sample } from './queue-rates.rules.ts'

function sample(atSeconds: number, depth: number, processes: Record<string, { startedAt: number; done: number }> | null): Sample {
  return {
    atMs: atSeconds * 1_000,
    clock: 1_000 + atSeconds,
    depths: new Map([['fan-out', depth]]),
    processes:
      processes &&
      new Map(Object.entries(processes).map(([name, { startedAt, done }]) => [name, { startedAt, done: { 'fan-out': done } }])),
  }
}

const rates = (...samples: Sample[]) => ratesOver(samples, 'fan-out')

describe('ratesOver', () => {
  test('counts what all processes did, and what the backlog grew by as what came on top', () => {
    const older = sample(0, 10, { a: { startedAt: 1, done: 100 }, b: { startedAt: 1, done: 50 } })
    const newer = sample(10, 30, { a: { startedAt: 1, done: 160 }, b: { startedAt: 1, done: 90 } })
    expect(rates(older, newer)).toEqual({ servicePerSecond: 10, arrivalPerSecond: 12 })
  })

  test('never says that less than nothing came', () => {
    expect(rates(sample(0, 100, { a: { startedAt: 1, done: 0 } }), sample(10, 0, { a: { startedAt: 1, done: 50 } }))).toEqual({
      servicePerSecond: 5,
      arrivalPerSecond: 0,
    })
  })

  test('counts a process that began in between from 0, also under the name of one that ended', () => {
    const older = sample(0, 0, { a: { startedAt: 1, done: 1_000 } })
    const newer = sample(10, 0, { a: { startedAt: 1_004, done: 20 }, b: { startedAt: 1_005, done: 30 } })
    expect(rates(older, newer).servicePerSecond).toBe(5)
  })

  test('does not take the whole life of a process that was away from Redis for its last seconds', () => {
    const older = sample(0, 0, { a: { startedAt: 1, done: 0 } })
    const newer = sample(5, 0, { a: { startedAt: 1, done: 5 }, b: { startedAt: 2, done: 1_000_000 } })
    expect(rates(older, newer)).toEqual({ servicePerSecond: null, arrivalPerSecond: null })
    expect(
      rates(older, newer, sample(10, 0, { a: { startedAt: 1, done: 10 }, b: { startedAt: 2, done: 1_000_010 } })).servicePerSecond,
    ).toBe(3)
  })

  test('is unknown with one look', () => expect(rates(sample(0, 0, {}))).toEqual({ servicePerSecond: null, arrivalPerSecond: null }))

  test('is unknown while the counters of the workers are', () => {
    expect(rates(sample(0, 0, { a: { startedAt: 1, done: 1 } }), sample(10, 5, null))).toEqual({
      servicePerSecond: null,
      arrivalPerSecond: null,
    })
  })
})

describe('drainSeconds', () => {
  const running = { waiting: 100, paused: false, servicePerSecond: 30, arrivalPerSecond: 10 }

  test('is what waits over what is done on top of what comes', () => expect(drainSeconds(running)).toBe(5))
  test('is 0 when nothing waits, whatever is known', () => expect(drainSeconds({ ...running, waiting: 0, servicePerSecond: null })).toBe(0))
  test('of a backlog is never when as much comes as is done', () =>
    expect(drainSeconds({ ...running, waiting: 1_000, arrivalPerSecond: 30 })).toBe(neverDrainsSeconds))
  test('of one job at equal rates is now, and of a few that are on their way', () => {
    expect(drainSeconds({ ...running, waiting: 1, servicePerSecond: 0.4, arrivalPerSecond: 0.4 })).toBe(3)
    expect(drainSeconds({ ...running, waiting: 60, servicePerSecond: 30, arrivalPerSecond: 30.5 })).toBe(2)
  })
  test('of one job is never while nothing is done', () =>
    expect(drainSeconds({ ...running, waiting: 1, servicePerSecond: 0, arrivalPerSecond: 0 })).toBe(neverDrainsSeconds))
  test('is never while paused', () => expect(drainSeconds({ ...running, paused: true })).toBe(neverDrainsSeconds))
  test('is never while the rates are unknown', () => expect(drainSeconds({ ...running, servicePerSecond: null })).toBe(neverDrainsSeconds))
})
