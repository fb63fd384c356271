import { describe, expect, it } from 'vitest'
import { dcg, ndcg } from './ndcg.ts'

const graded = (grades: number[]): Map<string, number> => new Map(grades.map((grade, index) => [`d${index + 1}`, grade]))
const inOrder = (order: number[]): string[] => order.map((number) => `d${number}`)

describe('DCG and nDCG', () => {
  it("agree with Wikipedia's worked example", () => {
    // https://en.wikipedia.org/wiki/Discounted_cumulative_gain: D1..D6 graded 3 2 3 0 1 2, and D7, D8 (3, 2) were not found.
    expect(dcg([3, 2, 3, 0, 1, 2], 6)).toBeCloseTo(6.861, 3)
    expect(dcg([3, 3, 3, 2, 2, 2], 6)).toBeCloseTo(8.74, 3)
    expect(ndcg(inOrder([1, 2, 3, 4, 5, 6]), graded([3, 2, 3, 0, 1, 2, 3, 2]), 6)).toBeCloseTo(0.785, 3)
  })

  it("agree with scikit-learn's documented examples", () => {
    // sklearn.metrics.ndcg_score: true relevance [10, 0, 0, 1, 5]; scores [.1, .2, .3, 4, 70] and [.05, 1.1, 1., .5, .0]
    const grades = graded([10, 0, 0, 1, 5])
    expect(ndcg(inOrder([5, 4, 3, 2, 1]), grades, 10)).toBeCloseTo(0.69569, 4)
    expect(ndcg(inOrder([2, 3, 4, 1, 5]), grades, 10)).toBeCloseTo(0.49368, 4)
    expect(ndcg(inOrder([2, 3, 4, 1, 5]), grades, 4)).toBeCloseTo(0.35202, 4)
  })

  it('is 1 for the best order, 0 when nothing was found, and less the later the answer comes', () => {
    const grades = graded([3, 2, 1])
    expect(ndcg(inOrder([1, 2, 3]), grades, 10)).toBe(1)
    expect(ndcg([], grades, 10)).toBe(0)
    expect(ndcg(['x', 'y'], grades, 10)).toBe(0)
    expect(ndcg(['x', 'd1'], grades, 10)).toBeGreaterThan(ndcg(['x', 'y', 'd1'], grades, 10))
  })

  it('looks at the first k only, and counts a document once', () => {
    const grades = graded([3, 3, 3])
    expect(ndcg(['x', 'd1'], grades, 1)).toBe(0)
    expect(ndcg(['d1', 'd1', 'd1'], grades, 3)).toBe(ndcg(['d1'], grades, 3))
  })
})
