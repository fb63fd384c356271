// Waiting for a condition instead of a time.

export interface EventuallyOptions {
  /** Default 60 s: only what never comes takes that long. */
  timeoutMs?: number
  /** Pause between two looks; default 25 ms. */
  intervalMs?: number
}

/**
 * Repeats `check` until it returns something that is neither undefined nor false, and returns that. A check that throws (a failed `expect`)
 * counts as not yet; what it threw last is thrown when the time is over.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<Exclude<T, undefined | false>> {
  const timeoutMs = options.timeoutMs ?? 60_000
  const deadline = performance.now() + timeoutMs
  let failure: Error | undefined
  for (;;) {
    try {
      const result = await check()
      if (result !== undefined && result !== false) return result as Exclude<T, undefined | false>
      failure = undefined
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    if (performance.now() >= deadline) break
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs ?? 25))
  }
  throw failure ?? new Error(`Not so after ${timeoutMs} ms: ${check.toString().slice(0, 300)}`)
}
