import { describe, expect, test } from 'vitest'
import { lookThrough, type IdRange } from './look-through.ts'

/** A list of numbers, the highest first; every `nth` one matches. */
function list(length: number, nth: number, budgetMs: number) {
  const windows: IdRange[] = []
  const number = (id: string | undefined, none: number): number => (id === undefined ? none : Number(id))
  return {
    windows,
    read: (before: string | undefined, count: number) =>
      lookThrough<number>({
        before,
        count,
        budgetMs,
        boundary: (from, rows) => {
          const place = number(from, length) - rows
          return Promise.resolve(place <= 0 ? undefined : String(place))
        },
        read: (range, most) => {
          windows.push(range)
          const found: number[] = []
          for (let n = number(range.before, length) - 1; n >= number(range.from, 0) && found.length < most; n--)
            if (n % nth === 0) found.push(n)
          return Promise.resolve(found)
        },
      }),
  }
}

describe('lookThrough', () => {
  test('a filter that many match needs one window', async () => {
    const { read, windows } = list(1_000_000, 2, 0)
    expect(await read(undefined, 51)).toMatchObject({ reached: null, rows: { length: 51 } })
    expect(windows).toHaveLength(1)
  })

  test('without time it still gets on by one window, and says how far', async () => {
    const { read } = list(10_000, 4_000, 0)
    expect(await read(undefined, 51)).toEqual({ rows: [], reached: '9000' })
    expect(await read('9000', 51)).toEqual({ rows: [8_000], reached: '8000' })
  })

  test('asked again from where it stopped it finds everything once, and ends', async () => {
    const { read } = list(10_500, 1_000, 0)
    const found: number[] = []
    let before: string | undefined
    for (;;) {
      const { rows, reached } = await read(before, 51)
      found.push(...rows)
      if (reached === null) break
      before = reached
    }
    expect(found).toEqual(Array.from({ length: 11 }, (_, i) => (10 - i) * 1_000))
  })

  test('with time it reads on in windows that grow, to the end', async () => {
    const { read, windows } = list(5_000_000, 1_000_000, 600_000)
    expect(await read(undefined, 51)).toEqual({ rows: [4_000_000, 3_000_000, 2_000_000, 1_000_000, 0], reached: null })
    expect(windows.length).toBeLessThan(200)
  })
})
