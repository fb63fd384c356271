import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepByCost } from './keep-by-cost.ts'

function counter(ms: number) {
  const read = { times: 0 }
  const keeper = (staleMs?: number) =>
    keepByCost(async () => {
      const mine = ++read.times
      await wait(ms)
      return mine
    }, staleMs)
  return { read, keeper }
}

test('what is cheap is read every time', async () => {
  const kept = counter(0).keeper()
  expect([await kept.get(), await kept.get()]).toEqual([1, 2])
})

test('what is dear is read once for many, and again after a while', async () => {
  const { read, keeper } = counter(40)
  const kept = keeper()
  expect(await Promise.all([kept.get(), kept.get()])).toEqual([1, 1])
  expect(await kept.get()).toBe(1)
  await wait(300)
  expect(await kept.get()).toBe(2)
  expect(read.times).toBe(2)
})

test('an old answer is given while a new one is fetched', async () => {
  const kept = counter(40).keeper(10_000)
  await kept.get()
  await wait(300)
  expect(await kept.get()).toBe(1)
  await wait(80)
  expect(await kept.get()).toBe(2)
})

test('after a change nobody gets what was read before it', async () => {
  const kept = counter(40).keeper(10_000)
  await kept.get()
  const before = kept.get()
  kept.forget()
  expect(await kept.get()).toBe(2)
  expect(await before).toBe(1)
})
