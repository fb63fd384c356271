import { expect, test } from 'vitest'
import { decodeCursor, toLookPage, toPage } from './page.ts'

const position = (item: string): string => item

test('a page names its last item when there is more', () => {
  expect(toPage(['a', 'b'], 2, position)).toEqual({ items: ['a', 'b'], nextCursor: null })
  const { items, nextCursor } = toPage(['a', 'b', 'c'], 2, position)
  expect([items, decodeCursor(nextCursor!)]).toEqual([['a', 'b'], 'b'])
})

test('a look that stopped goes on from where it stopped, also without a single item', () => {
  const { items, nextCursor, searchedTo } = toLookPage([], 2, position, { position: 'place', at: '2026-11-20T14:32:08.000Z' })
  expect([items, decodeCursor(nextCursor!), searchedTo]).toEqual([[], 'place', '2026-11-20T14:32:08.000Z'])
})

test('a look that filled its page, or came to the end, is a page like any other', () => {
  expect(toLookPage(['a'], 2, position, null)).toEqual({ items: ['a'], nextCursor: null, searchedTo: null })
  expect(decodeCursor(toLookPage(['a', 'b', 'c'], 2, position, null).nextCursor!)).toBe('b')
})
