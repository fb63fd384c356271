import { describe, expect, it } from 'vitest'
import { parseQuery, pathMatcher } from './match-path.ts'

describe('pathMatcher', () => {
  const match = pathMatcher('/api/v1/recipients/{id}/inbox-token')

  it('decodes what was sent, slashes and question marks included', () => {
    expect(match('/api/v1/recipients/a%2Fb%3Fc%20d/inbox-token')).toEqual({ id: 'a/b?c d' })
    expect(match('/api/v1/recipients/u1/inbox-token/')).toEqual({ id: 'u1' })
  })

  it('matches nothing else', () => {
    for (const path of [
      '/api/v1/recipients//inbox-token',
      '/api/v1/recipients/u1',
      '/api/v1/recipients/u1/inbox-token/x',
      'api/v1/recipients/u1/inbox-token',
      '',
    ]) {
      expect(match(path)).toBeNull()
    }
  })

  it('refuses what is not percent-encoded UTF-8', () => {
    expect(() => match('/api/v1/recipients/%E0%A4%A/inbox-token')).toThrow('percent-encoded')
  })
})

describe('parseQuery', () => {
  it('reads names, values, repetition, plus signs', () => {
    expect({ ...parseQuery('/x?a=1&b=c+d%2B&a=2&e&=f#g') }).toEqual({ a: ['1', '2'], b: 'c d+', e: '', '': 'f' })
    expect({ ...parseQuery('/x') }).toEqual({})
  })

  it('does not reach a prototype', () => {
    const query = parseQuery('/x?__proto__=1&constructor=2')
    expect(Object.keys(query)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('refuses what is not percent-encoded UTF-8', () => {
    expect(() => parseQuery('/x?a=%ff')).toThrow('percent-encoded')
  })
})
