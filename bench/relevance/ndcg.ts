// Normalised discounted cumulative gain (Järvelin and Kekäläinen 2002, ACM TOIS 20(4)), in the form that trec_eval and BEIR compute: the gain is the
// grade itself, the discount of rank r is log2(r + 1).

/** Gains in the order in which they were shown -> their sum, each divided by log2(rank + 1), over the first `k`. */
export function dcg(gains: readonly number[], k: number): number {
  return gains.slice(0, k).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)
}

/**
 * How good an order is, 0 to 1: its DCG over that of the best possible one.
 * @param ranked ids, best first; an id that comes twice counts once
 * @param grades id -> grade; ids without one count as 0
 * @returns 0 when nothing was found; NaN when no document has a grade above 0, because then no order is better than another
 */
export function ndcg(ranked: readonly string[], grades: ReadonlyMap<string, number>, k: number): number {
  const gains = [...new Set(ranked)].map((id) => grades.get(id) ?? 0)
  const ideal = [...grades.values()].toSorted((a, b) => b - a)
  return dcg(gains, k) / dcg(ideal, k)
}
