import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../view/map-limits.ts'
import { defaultObjectivesMs, limitsOf, objectivesOf, refuseLimits, thresholdDefinitions } from './thresholds.ts'

const named = (id: string) => thresholdDefinitions.find((definition) => definition.id === id)!

describe('thresholds', () => {
  it('name every limit that the map judges by, once, with its default', () => {
    const all = thresholdDefinitions.flatMap(({ limits }) => Object.entries(limits).filter(([name]) => name !== 'objectiveMs'))
    expect(Object.fromEntries(all.map(([name, { fallback }]) => [name, fallback]))).toEqual(defaultLimits)
    expect(all.length).toBe(Object.keys(defaultLimits).length)
  })

  it('that were changed replace their defaults and leave the others', () => {
    const changed = new Map<string, Record<string, number>>([
      ['queue:delivery-email', { objectiveMs: 5_000 }],
      ['redis', { redisShare: 0.5 }],
    ])
    expect(objectivesOf(changed)).toEqual({ ...defaultObjectivesMs, 'delivery-email': 5_000 })
    expect(limitsOf(changed)).toEqual({ ...defaultLimits, redisShare: 0.5 })
  })

  it('refuse what makes no sense, and say where', () => {
    expect(refuseLimits(named('queue:replay'), { objectiveMs: 0 })).toEqual([
      { path: '/limits/objectiveMs', message: 'must be between 1 ms and a day' },
    ])
    expect(refuseLimits(named('redis'), { redisShare: 1.5, size: 1 }).map(({ path }) => path)).toEqual([
      '/limits/redisShare',
      '/limits/size',
    ])
    expect(refuseLimits(named('errors'), { warnErrorShare: 0.6 })).toEqual([
      { path: '/limits/warnErrorShare', message: 'must not be above failErrorShare' },
    ])
    expect(refuseLimits(named('errors'), { warnErrorShare: 0.6, failErrorShare: 0.9 })).toEqual([])
  })
})
