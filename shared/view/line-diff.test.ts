import { expect, test } from 'vitest'
import { diffLines } from './line-diff.ts'

const signs = { same: ' ', added: '+', removed: '-' }
const shown = (before: string, after: string): string[] => diffLines(before, after).map(({ kind, text }) => signs[kind] + text)

test('keeps what both have, and says what went and what came', () => {
  expect(shown('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toEqual([' a', '-b', '+x', ' c', ' d', '+e'])
  expect(shown('one\ntwo', 'one\ntwo')).toEqual([' one', ' two'])
  expect(shown('a\nb\na\nb', 'b\na')).toEqual(['-a', ' b', ' a', '-b'])
})

test('tells a single line from another one', () => {
  expect(shown('old', 'new')).toEqual(['-old', '+new'])
})

test('of very long texts it still answers', () => {
  const long = (seed: string): string => Array.from({ length: 3_000 }, (_, n) => `${seed}${n}`).join('\n')
  expect(diffLines(long('a'), long('b'))).toHaveLength(6_000)
})
