// Two lists of hits made one: relative score fusion, as Weaviate's hybrid search does it. Its own is not used because with a limit of
// distance, which keeps what means something else out, it also drops every hit by words that is not among the nearest by meaning: in a
// large index an order's number was not found by it.
import type { IndexHit } from './search-index.ts'

/**
 * Every side's scores are stretched to 0..1 (its best hit has 1; all have it where they are equal), weighed and added. The best first;
 * equal ones stay in the order of the sides.
 */
export function fuseHits(sides: readonly { weight: number; hits: readonly IndexHit[] }[]): IndexHit[] {
  const scores = new Map<string, number>()
  for (const { weight, hits } of sides) {
    if (weight === 0) continue
    const all = hits.map(({ score }) => score)
    const least = Math.min(...all)
    const span = Math.max(...all) - least
    for (const { id, score } of hits) scores.set(id, (scores.get(id) ?? 0) + weight * (span === 0 ? 1 : (score - least) / span))
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((one, other) => other.score - one.score)
}
