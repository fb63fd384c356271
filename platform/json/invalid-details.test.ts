import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { detailsOf } from './invalid-details.ts'
import { sayIssuesInWords } from './issue-message.ts'

sayIssuesInWords()

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
    expect(details(z.array(recipient), ['u1', { id: 7 }])).toEqual([{ path: '/1/id', message: 'must be a string' }])
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
