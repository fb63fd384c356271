import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Fault } from '#shared/fault.ts'
import { detailsOf, faultOf } from './fault-of.ts'

function details(schema: z.ZodType, value: unknown) {
  const result = schema.safeParse(value)
  return result.success ? [] : detailsOf(result.error.issues)
}

describe('detailsOf', () => {
  it('gives every unknown field a path of its own', () => {
    expect(details(z.strictObject({ a: z.strictObject({}) }), { a: { x: 1, 'y/z': 2 }, b: 3 }).map((detail) => detail.path)).toEqual([
      '/a/x',
      '/a/y~1z',
      '/b',
    ])
  })

  it('answers a union by the branch that was meant', () => {
    const recipient = z.union([z.string(), z.strictObject({ id: z.string() }), z.strictObject({ topic: z.string() })])
    expect(details(z.array(recipient), ['u1', { id: 7 }])).toEqual([{ path: '/1/id', message: expect.stringContaining('expected string') }])
    expect(details(z.array(recipient), [7]).map((detail) => detail.path)).toEqual(['/0'])
  })

  it('names at most fifty', () => {
    expect(
      details(
        z.array(z.string()),
        Array.from({ length: 1_000 }, () => 1),
      ),
    ).toHaveLength(50)
  })
})

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
