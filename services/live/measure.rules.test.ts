import { describe, expect, it } from 'vitest'
import { bucketBoundMs, bucketCount, bucketOf, createCounters } from '#platform/telemetry/counters.ts'
import { packPlace, type ProcessReport } from '#platform/telemetry/report-counters.ts'
import { measuresOver, quantile, type ReportLook } from './measure.rules.ts'

function report(id: string, places: Record<string, number[]>, upMs = 60_000): ProcessReport {
  return { id, name: id, host: 'h', pid: 1, roles: [], number: 1, upMs, cpuMs: 0, rssBytes: 0, loopLagMs: 0, busy: {}, places }
}
const look = (atMs: number, ...reports: ProcessReport[]): ReportLook => ({ atMs, reports: new Map(reports.map((each) => [each.id, each])) })

describe('measures', () => {
  it('are what was counted between the looks, of all processes together', () => {
    const measures = measuresOver([
      look(0, report('a', { auth: [100, 10, 0] }), report('b', { auth: [0, 0, 0] })),
      look(1_000, report('a', { auth: [150, 10, 0] }), report('b', { auth: [5, 1, 0] })),
      look(2_000, report('a', { auth: [200, 12, 0] }), report('b', { auth: [20, 2, 0] })),
    ])
    expect(measures.get('auth')).toMatchObject({ ratePerSecond: 60, errorsPerSecond: 2, p50Ms: null, p95Ms: null })
  })

  it('count a process from where it was first seen, or from 0 when it began since, and leave out who was seen once', () => {
    const before = look(0, report('old', { auth: [7, 0, 0] }))
    expect(
      measuresOver([before, look(2_000, report('old', { auth: [9, 0, 0] }), report('new', { auth: [4, 0, 0] }, 1_500))]).get('auth'),
    ).toMatchObject({ ratePerSecond: 3 })
    expect(measuresOver([before, look(2_000, report('other', { auth: [1_000, 0, 0] }, 60_000))]).has('auth')).toBe(false)
    expect(measuresOver([before]).size).toBe(0)
  })

  it('that nobody reports any more are missing, not 0', () => {
    expect(measuresOver([look(0, report('a', { auth: [1, 0, 0] })), look(1_000)]).size).toBe(0)
  })

  it('know the times of what passed since, to a fifth', () => {
    const counters = createCounters()
    const place = counters.place('auth')
    for (let ms = 1; ms <= 100; ms++) place.pass(ms)
    const before = report('a', { auth: packPlace(counters.places().get('auth')!) })
    for (let ms = 1_001; ms <= 1_100; ms++) place.pass(ms)
    const after = report('a', { auth: packPlace(counters.places().get('auth')!) })
    const early = measuresOver([look(0, report('a', { auth: [0, 0, 0] })), look(1_000, before)]).get('auth')!
    expect(early.p50Ms).toBeGreaterThan(40)
    expect(early.p50Ms).toBeLessThan(60)
    expect(early.p95Ms).toBeGreaterThan(80)
    const late = measuresOver([look(0, before), look(1_000, after)]).get('auth')!
    expect(late.p50Ms).toBeGreaterThan(800)
    expect(late.ratePerSecond).toBe(100)
  })
})

describe('buckets', () => {
  it('hold every time below their bound and above the one before', () => {
    for (const ms of [0.01, 0.05, 0.051, 1, 3.7, 250, 19_999]) {
      const bucket = bucketOf(ms)
      expect(ms).toBeLessThanOrEqual(bucketBoundMs(bucket) * 1.000001)
      if (bucket > 0) expect(ms).toBeGreaterThan(bucketBoundMs(bucket - 1))
    }
    expect(bucketOf(Number.NaN)).toBe(0)
    expect(bucketOf(-1)).toBe(0)
    expect(bucketOf(1e9)).toBe(bucketCount - 1)
  })

  it('without anything in them have no quantile', () => {
    expect(quantile(new Float64Array(bucketCount), 0.5)).toBeNull()
  })
})
