import { describe, expect, it } from 'vitest'
import { createOwnerWatch } from './owner-watch.rules.ts'

const quiet = { id: 'a', lastSeenMs: 1_000 }

describe('an owner that is quiet', () => {
  it('is gone when its silence was watched for as long as two heartbeats take', () => {
    const watch = createOwnerWatch()
    expect(watch.observe([quiet], 10_000)).toEqual([])
    expect(watch.observe([quiet], 14_000)).toEqual([])
    expect(watch.observe([quiet], 14_500)).toEqual(['a'])
  })

  it('is not gone at first sight, however old its heartbeat: everybody is quiet after an outage', () => {
    expect(createOwnerWatch().observe([{ id: 'a', lastSeenMs: 0 }], 60_000)).toEqual([])
  })

  it('is watched anew after a heartbeat', () => {
    const watch = createOwnerWatch()
    watch.observe([quiet], 10_000)
    watch.observe([{ id: 'a', lastSeenMs: 11_000 }], 14_000)
    expect(watch.observe([{ id: 'a', lastSeenMs: 11_000 }], 15_000)).toEqual([])
    watch.observe([], 16_000)
    expect(watch.observe([{ id: 'a', lastSeenMs: 11_000 }], 20_000)).toEqual([])
  })

  it('is watched anew after a gap', () => {
    const watch = createOwnerWatch()
    watch.observe([quiet], 10_000)
    watch.forget()
    expect(watch.observe([quiet], 30_000)).toEqual([])
  })
})
