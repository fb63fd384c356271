// How long a question takes, asked again and again, one after the other.

/** p95 of lists and searches with a full house (quality.md). */
export const searchBudgetMs = 50
const rounds = 40
const warmUp = 5

export interface AskTimes {
  /** Milliseconds. */
  p50: number
  p95: number
  /** What the last one found. */
  found: number
}

/** `ask` answers with how much it found. */
export async function askTimes(ask: () => Promise<number>): Promise<AskTimes> {
  const took: number[] = []
  let found = 0
  for (let n = 0; n < rounds + warmUp; n++) {
    const startedAt = performance.now()
    found = await ask()
    if (n >= warmUp) took.push(performance.now() - startedAt)
  }
  took.sort((one, other) => one - other)
  return { p50: took[Math.floor(took.length * 0.5)]!, p95: took[Math.floor(took.length * 0.95)]!, found }
}
