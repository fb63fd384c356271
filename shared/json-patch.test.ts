import { describe, expect, test } from 'vitest'
import { jsonPatchSchema } from './contracts/json-patch.ts'
import { applyPatch, PatchError, sameJson, type Json, type PatchOperation } from './json-patch.ts'

const apply = (document: Json, ...patch: object[]): Json => applyPatch(document, jsonPatchSchema.parse(patch) as PatchOperation[])

describe('applyPatch', () => {
  // The examples of RFC 6902, appendix A.
  test.each<[string, Json, object[], Json]>([
    ['A.1 adding a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    ['A.2 adding to a list', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    ['A.3 removing a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['A.4 removing from a list', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    ['A.5 replacing', { baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
    [
      'A.6 moving',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7 moving in a list',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    ['A.8 testing', { baz: 'qux', foo: ['a', 2, 'c'] }, [{ op: 'test', path: '/foo/1', value: 2 }], { baz: 'qux', foo: ['a', 2, 'c'] }],
    ['A.10 adding a nested member', { foo: 'bar' }, [{ op: 'add', path: '/child', value: { a: {} } }], { foo: 'bar', child: { a: {} } }],
    ['A.14 escapes', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    ['A.16 appending', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }], { foo: ['bar', ['abc', 'def']] }],
    ['copying', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['replacing the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('%s', (_name, document, patch, wanted) => {
    const before = structuredClone(document)
    expect(apply(document, ...patch)).toEqual(wanted)
    expect(document).toEqual(before)
  })

  test.each<[string, Json, object]>([
    ['what is not there', { foo: 1 }, { op: 'remove', path: '/bar' }],
    ['a replace of what is not there', { foo: 1 }, { op: 'replace', path: '/bar', value: 1 }],
    ['a parent that is not there (A.12)', { foo: 1 }, { op: 'add', path: '/baz/bat', value: 1 }],
    ['a test that differs (A.9)', { baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' }],
    ['a number against its text (A.15)', { '~1': 10 }, { op: 'test', path: '/~01', value: '10' }],
    ['an index past the end', { foo: [1] }, { op: 'add', path: '/foo/3', value: 1 }],
    ['a leading zero', { foo: [1, 2] }, { op: 'remove', path: '/foo/01' }],
    ['a move into itself', { a: { b: 1 } }, { op: 'move', from: '/a', path: '/a/b' }],
    ['a prototype', { a: {} }, { op: 'add', path: '/a/__proto__', value: {} }],
    ['an inherited name', { a: {} }, { op: 'replace', path: '/a/toString', value: 1 }],
  ])('refuses %s, and says which operation', (_name, document, operation) => {
    expect(() => apply(document, { op: 'test', path: '', value: document }, operation)).toThrow(PatchError)
    expect(() => apply(document, { op: 'test', path: '', value: document }, operation)).toThrow(/operation 2/)
  })
})

test('a patch that copies the whole into itself is refused before it fills the memory', () => {
  const doubling = Array.from({ length: 100 }, () => ({ op: 'copy', from: '', path: '/a' }))
  expect(() => apply({ text: 'x'.repeat(1_000) }, ...doubling)).toThrow(/the copies are longer than/)
})

test('jsonPatchSchema refuses what is no pointer, no operation, or empty', () => {
  for (const bad of [
    [],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'add', path: '/a~2', value: 1 }],
    [{ op: 'mend', path: '/a' }],
    [{ op: 'add', path: '/a' }],
  ])
    expect(jsonPatchSchema.safeParse(bad).success).toBe(false)
})

test('sameJson does not mind the order of names', () => {
  expect(sameJson({ a: 1, b: [1] }, { b: [1], a: 1 })).toBe(true)
  expect(sameJson({ a: 1 }, { a: 1, b: null })).toBe(false)
  expect(sameJson([1, 2], [2, 1])).toBe(false)
})
