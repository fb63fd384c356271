// The nearest of all vectors to a few, found by looking at each: what an index of vectors, which looks at few, is measured against.

export interface ExactNearest {
  add(id: string, vector: readonly number[]): void
  /** Ids of those nearest (cosine) to the query at this place. */
  nearestTo(query: number): Set<string>
}

export function createExactNearest(queries: readonly (readonly number[])[], count: number): ExactNearest {
  const nearest: { id: string; alike: number }[][] = queries.map(() => [])
  const packed = queries.map((query) => Float32Array.from(query))
  return {
    add(id, vector) {
      const values = Float32Array.from(vector)
      const length = Math.hypot(...vector)
      for (const [i, query] of packed.entries()) {
        let product = 0
        for (let at = 0; at < query.length; at++) product += query[at]! * values[at]!
        const alike = product / length
        const kept = nearest[i]!
        if (kept.length === count && kept.at(-1)!.alike >= alike) continue
        kept.push({ id, alike })
        kept.sort((one, other) => other.alike - one.alike)
        kept.length = Math.min(kept.length, count)
      }
    },
    nearestTo: (query) => new Set(nearest[query]!.map(({ id }) => id)),
  }
}
