import { expect, test } from 'vitest'
import { createPacedBatcher } from './paced-batcher.ts'

/** Batches that left, each with a way to let it end. */
function record(options: {
  paceMs: number
  busyPaceMs?: number
  busyFrom?: number
  weigh?: (item: number) => number
  size: number
  concurrency?: number
  maxSize?: number
}) {
  const left: { items: number[]; atMs: number; end: () => void }[] = []
  const batcher = createPacedBatcher<number, number>({
    ...options,
    flush: (items) =>
      new Promise((resolve) => {
        left.push({ items, atMs: performance.now(), end: () => resolve(items.map((item) => item * 10)) })
      }),
  })
  const nextBatch = async (count: number): Promise<void> => {
    while (left.length < count) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { batcher, left, nextBatch }
}

test('the first leaves at once and gets its own result', async () => {
  const { batcher, left } = record({ paceMs: 1_000, size: 10 })
  const result = batcher.add(7)
  expect(left.map(({ items }) => items)).toEqual([[7]])
  left[0]!.end()
  expect(await result).toBe(70)
  expect(batcher.pending).toBe(0)
})

test('what comes while one is on its way leaves together when that is done and the pace allows it', async () => {
  const { batcher, left, nextBatch } = record({ paceMs: 20, size: 10, concurrency: 1 })
  const results = [1, 2, 3].map((item) => batcher.add(item))
  expect(left).toHaveLength(1)
  const doneMs = performance.now()
  left[0]!.end()
  await nextBatch(2)
  expect(left[1]!.items).toEqual([2, 3])
  expect(left[1]!.atMs - doneMs).toBeGreaterThanOrEqual(18)
  left[1]!.end()
  expect(await Promise.all(results)).toEqual([10, 20, 30])
})

test('a full batch waits for no pace', async () => {
  const { batcher, left, nextBatch } = record({ paceMs: 60_000, size: 2, concurrency: 1 })
  const all = [1, 2, 3].map((item) => batcher.add(item))
  left[0]!.end()
  await nextBatch(2)
  expect(left[1]!.items).toEqual([2, 3])
  left[1]!.end()
  await Promise.all(all)
})

test('after a batch that was half full the next gathers longer, after a small one it does not', async () => {
  const { batcher, left, nextBatch } = record({ paceMs: 0, busyPaceMs: 1_000, size: 4, concurrency: 1 })
  const first = batcher.add(1)
  const [second, third] = [batcher.add(2), batcher.add(3)]
  left[0]!.end()
  await nextBatch(2)
  const smallMs = left[1]!.atMs - left[0]!.atMs
  const doneMs = performance.now()
  left[1]!.end()
  const fourth = batcher.add(4)
  await nextBatch(3)
  expect(left[2]!.atMs - doneMs).toBeGreaterThanOrEqual(950)
  expect(smallMs).toBeLessThan(900)
  left[2]!.end()
  expect(await Promise.all([first, second, third, fourth])).toEqual([10, 20, 30, 40])
})

test('an error is given to every item of its batch, and the next batch goes on', async () => {
  let fails = true
  const batcher = createPacedBatcher<number, number>({
    paceMs: 0,
    flush: (items) => (fails ? Promise.reject(new Error('no')) : Promise.resolve(items)),
  })
  await expect(batcher.add(1)).rejects.toThrow('no')
  fails = false
  expect(await batcher.add(2)).toBe(2)
  await batcher.drained()
})

test('an item that stands for many counts as many: for a batch that is full, for one that is too large, and for the pace after it', async () => {
  const { batcher, left, nextBatch } = record({
    ...{ paceMs: 0, busyPaceMs: 60_000, busyFrom: 50, weigh: (item: number) => item, size: 80, maxSize: 100, concurrency: 1 },
  })
  const all = [batcher.add(10), batcher.add(90), batcher.add(20), batcher.add(300), batcher.add(1)]
  expect(left[0]!.items).toEqual([10])
  left[0]!.end()
  await nextBatch(2)
  expect(left[1]!.items).toEqual([90])
  left[1]!.end()
  await nextBatch(3)
  // The pace is the busy one now: only what is full leaves.
  expect(left[2]!.items).toEqual([20])
  left[2]!.end()
  await nextBatch(4)
  expect(left[3]!.items).toEqual([300])
  left[3]!.end()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(left).toHaveLength(4)
  expect(batcher.pending).toBe(1)
  const rest = batcher.add(79)
  await nextBatch(5)
  expect(left[4]!.items).toEqual([1, 79])
  left[4]!.end()
  await Promise.all([...all, rest])
})
