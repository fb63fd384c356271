import { describe, expect, it } from 'vitest'
import { Fault } from '#shared/fault.ts'
import { faultOf } from './fault-of.ts'

describe('faultOf', () => {
  it('keeps faults, and says nothing of what it does not know', () => {
    const known = new Fault('conflict', 'No.')
    expect(faultOf(known, undefined, { requestId: 'r' })).toBe(known)
    const unknown = faultOf(new Error('password=hunter2'), undefined, { requestId: 'r' })
    expect(unknown.code).toBe('internal')
    expect(unknown.message).not.toContain('hunter2')
  })

  it('tells a database that is away from one that objects', () => {
    const away = faultOf(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), undefined, { requestId: 'r' })
    expect(away.code).toBe('dependency-unavailable')
    expect(away.retryAfterSeconds).toBeGreaterThan(0)
  })
})
