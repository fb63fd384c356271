import { expect, it } from 'vitest'
import { bytesDone, mediaTypeOf, otherFile, piecesOf, unfinishedOf } from './upload-plan.ts'

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

const unfinished = { filename: 'a.mov', size: 1_000, modifiedAt: '2026-01-02T03:04:05.678Z' }
const same = { name: 'a.mov', size: 1_000, lastModified: Date.parse(unfinished.modifiedAt) }

it('knows the upload of a file by its name, its size and when it was changed', () => {
  expect(unfinishedOf([{ ...unfinished, size: 9 }, unfinished], same)).toBe(unfinished)
  for (const other of [
    { ...same, name: 'b.mov' },
    { ...same, size: 1_001 },
    { ...same, lastModified: same.lastModified + 1 },
  ])
    expect(unfinishedOf([unfinished], other)).toBeUndefined()
  expect(unfinishedOf([{ ...unfinished, modifiedAt: null }], same)).toBeUndefined()
})

it('says which file an upload goes on with, and takes one that was changed', () => {
  expect(otherFile(unfinished, { ...same, name: 'b.mov' })).toEqual({ what: 'name', wanted: 'a.mov', chosen: 'b.mov' })
  expect(otherFile(unfinished, { ...same, size: 1_001 })).toEqual({ what: 'size', wanted: '1,000 bytes', chosen: '1,001 bytes' })
  expect(otherFile(unfinished, { ...same, lastModified: 0 })).toBeNull()
})
