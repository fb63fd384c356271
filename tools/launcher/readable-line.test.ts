import { describe, expect, it } from 'vitest'
import { readableLine } from './readable-line.ts'

const line = (record: object) => JSON.stringify({ time: '2026-11-21T00:00:00Z', process: 'worker-1', pid: 7, ...record })

describe('a line of a child', () => {
  it('is shown from warnings up, with its fields', () => {
    expect(readableLine('worker-1', line({ level: 40, msg: 'Redis is away', error: 'ECONNREFUSED' }))).toBe(
      'worker-1 warning: Redis is away (error=ECONNREFUSED)',
    )
    expect(readableLine('api-1', line({ level: 50, msg: 'failed', err: { type: 'Error', message: 'no', stack: 'Error: no' } }))).toBe(
      'api-1 error: failed (err=no)',
    )
  })

  it('stays in the log below that', () => {
    expect(readableLine('worker-1', line({ level: 30, msg: 'ready' }))).toBeUndefined()
    expect(readableLine('worker-1', '')).toBeUndefined()
  })

  it('is shown as it is when it is no record: the stack of a crash', () => {
    expect(readableLine('api-1', 'TypeError: x is not a function')).toBe('api-1: TypeError: x is not a function')
    expect(readableLine('api-1', '(node:12) ExperimentalWarning: something')).toBeUndefined()
  })
})
