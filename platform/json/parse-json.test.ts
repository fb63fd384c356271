import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fault } from '#shared/fault.ts'
import { findUnsafe, jsonPointer, parseJsonBytes } from './parse-json.ts'

function faultFor(text: string | Buffer): Fault {
  try {
    parseJsonBytes(Buffer.from(text as string))
  } catch (error) {
    return error as Fault
  }
  throw new Error('was taken')
}

describe('parseJsonBytes', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        if (/__proto__|constructor/.test(text)) return
        expect(parseJsonBytes(Buffer.from(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('lets the last of two equal keys win, and skips a byte order mark', () => {
    expect(parseJsonBytes(Buffer.from('\ufeff{"a":1,"a":2}'))).toEqual({ a: 2 })
  })

  it.each([
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['a single quote', "{'a':1}"],
    ['two values', '1 2'],
    ['a bare NUL', '"\u0000"'],
    ['a million open brackets', '['.repeat(1_000_000)],
  ])('refuses %s as not JSON', (_, text) => {
    expect(faultFor(text).code).toBe('not-json')
  })

  it.each([
    ['a broken sequence', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le')],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ])('refuses %s as not UTF-8', (_, bytes) => {
    expect(faultFor(bytes).code).toBe('bad-encoding')
  })

  it.each([
    ['{"a":{"__proto__":{"admin":true}}}', '/a/__proto__'],
    ['{"\\u005f_proto__":1}', '/__proto__'],
    ['[{"constructor":{"prototype":1}}]', '/0/constructor'],
    ['{"a":["x","\\u0000"]}', '/a/1'],
    ['{"a\\u0000":1}', '/a\ufffd'],
    ['["\\ud83d"]', '/0'],
    ['{"\\udc00":1}', '/\ufffd'],
    ['{"a/b~c":"\\u0000"}', '/a~1b~0c'],
    ['[1e400]', '/0'],
    [`[${'9'.repeat(400)}]`, '/0'],
    [`{"a":${'['.repeat(32)}${']'.repeat(32)}}`, `/a${'/0'.repeat(31)}`],
  ])('refuses %s with its path', (text, path) => {
    const fault = faultFor(text)
    expect(fault.code).toBe('invalid')
    expect(fault.errors?.map((detail) => detail.path)).toEqual([path])
  })

  it('takes 32 levels, escaped pairs, large exponents that fit, and words that only look dangerous', () => {
    const deep = '['.repeat(32) + ']'.repeat(32)
    expect(parseJsonBytes(Buffer.from(deep))).toBeTruthy()
    expect(parseJsonBytes(Buffer.from('["\\ud83d\\ude00",1e300,"__proto__","constructor"]'))).toEqual([
      '😀',
      1e300,
      '__proto__',
      'constructor',
    ])
  })

  it('does not overflow on nesting that would overflow a recursive reader', () => {
    const fault = faultFor('['.repeat(500_000) + ']'.repeat(500_000))
    expect(fault.errors).toHaveLength(1)
  })

  it('names at most twenty places', () => {
    expect(faultFor(JSON.stringify(Array.from({ length: 100 }, () => '\u0000'))).errors).toHaveLength(20)
  })

  it('agrees with the careful walk whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (key, text) => {
        const raw = JSON.stringify({ [key]: text })
        const clean = findUnsafe(JSON.parse(raw)).length === 0
        let taken = true
        try {
          parseJsonBytes(Buffer.from(raw))
        } catch {
          taken = false
        }
        expect(taken).toBe(clean)
      }),
    )
  })
})

describe('jsonPointer', () => {
  it('escapes as RFC 6901 says', () => {
    expect(jsonPointer(['a/b', 'm~n', 0])).toBe('/a~1b/m~0n/0')
    expect(jsonPointer([])).toBe('')
  })
})
