import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { md5Of } from './md5.ts'

it('is what everybody else computes, at every length around a block and in the middle of a buffer', () => {
  const bytes = randomBytes(1_000)
  for (let length = 0; length <= 260; length++) {
    const part = bytes.subarray(3, 3 + length)
    expect(md5Of(part), `${length} bytes`).toBe(createHash('md5').update(part).digest('hex'))
  }
})

it('takes a part of a large file', () => {
  const part = Buffer.alloc(5 * 1024 * 1024 + 7, 'signalbox ')
  expect(md5Of(part)).toBe(createHash('md5').update(part).digest('hex'))
})
