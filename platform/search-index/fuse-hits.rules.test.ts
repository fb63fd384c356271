import { describe, expect, test } from 'vitest'
import { fuseHits } from './fuse-hits.rules.ts'

const words = [
  { id: 'both', score: 9 },
  { id: 'words', score: 6 },
  { id: 'last', score: 3 },
]
const meaning = [
  { id: 'meaning', score: 0.9 },
  { id: 'both', score: 0.8 },
  { id: 'far', score: 0.4 },
]

describe('fused hits', () => {
  test('add what each side gives, stretched to its own best and worst', () => {
    const fused = fuseHits([
      { weight: 0.25, hits: words },
      { weight: 0.75, hits: meaning },
    ])
    expect(fused.map(({ id }) => id)).toEqual(['both', 'meaning', 'words', 'last', 'far'])
    expect(Object.fromEntries(fused.map(({ id, score }) => [id, Number(score.toFixed(3))]))).toEqual({
      both: 0.85,
      meaning: 0.75,
      words: 0.125,
      last: 0,
      far: 0,
    })
  })

  test('leave nothing out that one side has alone', () => {
    const fused = fuseHits([
      { weight: 0.25, hits: [{ id: 'order', score: 4 }] },
      { weight: 0.75, hits: meaning },
    ])
    expect(fused.map(({ id }) => id)).toEqual(['meaning', 'both', 'order', 'far'])
  })

  test('are of one side where the other has no weight or nothing', () => {
    expect(
      fuseHits([
        { weight: 0, hits: words },
        { weight: 1, hits: meaning },
      ]).map(({ id }) => id),
    ).toEqual(['meaning', 'both', 'far'])
    expect(
      fuseHits([
        { weight: 0.25, hits: words },
        { weight: 0.75, hits: [] },
      ]).map(({ id }) => id),
    ).toEqual(['both', 'words', 'last'])
  })
})
