// However many look, counting a long backlog takes at most a sixth of the time; nobody waits for a count that was made just now.

/** A read is dear from here on; what is cheaper is read every time. */
const dearMs = 20
const restFactor = 5

/**
 * Remembers what `read` answered for five times as long as it took. An answer that is older, but not older than `staleMs`, is still
 * given, and a new one is fetched behind it. `forget` after a change: the next one reads anew.
 */
export function keepByCost<T>(read: () => Promise<T>, staleMs = 0): { get(): Promise<T>; forget(): void } {
  let kept: { value: T; until: number } | undefined
  let reading: Promise<T> | undefined

  function readAnew(): Promise<T> {
    const startedAt = performance.now()
    const mine = read()
    reading = mine
    mine.then(
      (value) => {
        if (reading !== mine) return
        reading = undefined
        const tookMs = performance.now() - startedAt
        kept = tookMs > dearMs ? { value, until: performance.now() + restFactor * tookMs } : undefined
      },
      () => {
        if (reading === mine) reading = undefined
      },
    )
    return mine
  }

  return {
    async get() {
      const now = performance.now()
      if (kept && now < kept.until) return kept.value
      const next = reading ?? readAnew()
      if (!kept || now >= kept.until + staleMs) return next
      next.catch(() => {})
      return kept.value
    },
    forget() {
      kept = undefined
      reading = undefined
    },
  }
}
