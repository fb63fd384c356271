import { expect, it } from 'vitest'
import { bytesDone, mediaTypeOf, piecesOf } from './upload-plan.ts'

const parts = { method: 'PUT' as const, partSize: 10, parts: [1, 2, 3].map((number) => ({ number, url: `/${number}` })) }

it('sends a small file in one piece', () => {
  expect(piecesOf({ method: 'PUT', url: '/a' }, 7)).toEqual([{ number: 0, url: '/a', from: 0, to: 7 }])
})

it('sends a large one in its parts, the last one shorter, and leaves out what is done', () => {
  expect(piecesOf(parts, 25).map(({ from, to }) => [from, to])).toEqual([
    [0, 10],
    [10, 20],
    [20, 25],
  ])
  expect(piecesOf(parts, 25, new Map([[1, 'a']])).map(({ number }) => number)).toEqual([2, 3])
  expect(
    bytesDone(
      parts,
      25,
      new Map([
        [1, 'a'],
        [3, 'b'],
      ]),
    ),
  ).toBe(15)
})

it('reads what a browser guesses of a type', () => {
  expect(['text/plain;charset=utf-8', '', 'IMAGE/PNG', 'nonsense'].map(mediaTypeOf)).toEqual([
    'text/plain',
    'application/octet-stream',
    'image/png',
    'application/octet-stream',
  ])
})
