// However many look, counting a long backlog takes at most a sixth of the time; nobody waits for a count that was made just now.

/** A read is dear from here on; what is cheaper is read every time. */
const dearMs = 20
const restFactor = 5

/** Remembers what `read` answered for five times as long as it took. `forget` after a change: the next one reads anew. */
export function keepByCost<T>(read: () => Promise<T>): { get(): Promise<T>; forget(): void } {
  let kept: { value: Promise<T>; until: number } | undefined

  return {
    get() {
      if (kept && performance.now() < kept.until) return kept.value
      const startedAt = performance.now()
      const mine = { value: read(), until: 0 }
      mine.value.then(
        () => {
          const tookMs = performance.now() - startedAt
          if (tookMs > dearMs) mine.until = performance.now() + restFactor * tookMs
        },
        () => {},
      )
      kept = mine
      return mine.value
    },
    forget() {
      kept = undefined
    },
  }
}
