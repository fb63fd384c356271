import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultSchedules, retryDelaySeconds, retryScheduleFor } from './retry-schedule.rules.ts'

const middle = () => 0.5

describe('the schedule', () => {
  it('is the contract for webhooks: at once, then nine more', () => {
    expect(defaultSchedules.webhook).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])
  })

  it('is the endpoint’s own, else the environment’s, else the channel’s', () => {
    expect(retryScheduleFor({ channel: 'webhook', endpointSchedule: [1], environmentSchedule: [2] })).toEqual([1])
    expect(retryScheduleFor({ channel: 'webhook', endpointSchedule: null, environmentSchedule: [2] })).toEqual([2])
    expect(retryScheduleFor({ channel: 'email', environmentSchedule: [2] })).toEqual([2])
    expect(retryScheduleFor({ channel: 'email' })).toEqual(defaultSchedules.email)
    expect(retryScheduleFor({ channel: 'webhook', endpointSchedule: [], environmentSchedule: [2] })).toEqual([])
  })
})

describe('the delay', () => {
  it('of 0.2,1,5 allows four attempts', () => {
    const schedule = [0.2, 1, 5]
    expect([1, 2, 3, 4].map((tries) => retryDelaySeconds({ schedule, tries, random: middle }))).toEqual([0.2, 1, 5, null])
  })

  it('of an empty schedule is none, whatever Retry-After says', () => {
    expect(retryDelaySeconds({ schedule: [], tries: 1, retryAfterSeconds: 5 })).toBeNull()
    expect(retryDelaySeconds({ schedule: [1], tries: 2, retryAfterSeconds: 5 })).toBeNull()
  })

  it('spreads by a fifth to both sides', () => {
    expect(retryDelaySeconds({ schedule: [100], tries: 1, random: () => 0 })).toBe(80)
    expect(retryDelaySeconds({ schedule: [100], tries: 1, random: () => 0.999999 })).toBeCloseTo(120, 3)
  })

  it('is never earlier than Retry-After, never spread downwards from it, and at most a day because of it', () => {
    expect(retryDelaySeconds({ schedule: [1], tries: 1, retryAfterSeconds: 100, random: () => 0 })).toBe(100)
    expect(retryDelaySeconds({ schedule: [1], tries: 1, retryAfterSeconds: 100, random: () => 0.999999 })).toBeCloseTo(120, 3)
    expect(retryDelaySeconds({ schedule: [1], tries: 1, retryAfterSeconds: 1e9 })).toBe(86_400)
    expect(retryDelaySeconds({ schedule: [100], tries: 1, retryAfterSeconds: 1, random: middle })).toBe(100)
  })

  it('keeps its bounds for every schedule', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.nat(11),
        fc.nat(1e6),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (schedule, index, retryAfterSeconds, roll) => {
          const tries = (index % schedule.length) + 1
          const delay = retryDelaySeconds({ schedule, tries, retryAfterSeconds, random: () => roll })!
          const base = schedule[tries - 1]!
          expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfterSeconds, 86_400))
          expect(delay).toBeGreaterThanOrEqual(base * 0.8)
          expect(delay).toBeLessThanOrEqual(Math.max(base * 1.2, Math.min(retryAfterSeconds * 1.2, 86_400)) + 1e-6)
        },
      ),
    )
  })
})
