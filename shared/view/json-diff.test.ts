import { expect, test } from 'vitest'
import { diffJson } from './json-diff.ts'

test('names every place that was added, removed or changed', () => {
  expect(diffJson({ a: 1, b: { c: [1, 2], 'd/e': 'x' }, f: null }, { a: 2, b: { c: [1, 3, 4] }, f: null, g: true })).toEqual([
    { path: '/a', kind: 'changed', before: 1, after: 2 },
    { path: '/b/c/1', kind: 'changed', before: 2, after: 3 },
    { path: '/b/c/2', kind: 'added', after: 4 },
    { path: '/b/d~1e', kind: 'removed', before: 'x' },
    { path: '/g', kind: 'added', after: true },
  ])
})

test('is empty for equal values, and one change where the type is another', () => {
  expect(diffJson({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([])
  expect(diffJson([1], { 0: 1 })).toEqual([{ path: '', kind: 'changed', before: [1], after: { 0: 1 } }])
  expect(diffJson(null, {})).toEqual([{ path: '', kind: 'changed', before: null, after: {} }])
})
