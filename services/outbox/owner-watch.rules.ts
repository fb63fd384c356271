// Which owners are gone by their silence. A heartbeat that is old when it is read may be old because Postgres was away or stood
// still for everybody: an owner counts as gone only after this process itself has watched its silence for a while.

/** Two heartbeats and a bit. */
const watchMs = 4_500

export interface OwnerWatch {
  /** Takes the owners that are quiet now; answers those that have been, unchanged, for as long as it takes. */
  observe(quiet: { id: string; lastSeenMs: number }[], nowMs: number): string[]
  /** What was seen before a gap in watching means nothing. */
  forget(): void
}

export function createOwnerWatch(): OwnerWatch {
  let watched = new Map<string, { lastSeenMs: number; sinceMs: number }>()
  return {
    observe(quiet, nowMs) {
      watched = new Map(
        quiet.map(({ id, lastSeenMs }) => {
          const known = watched.get(id)
          return [id, known?.lastSeenMs === lastSeenMs ? known : { lastSeenMs, sinceMs: nowMs }]
        }),
      )
      return [...watched].filter(([, { sinceMs }]) => nowMs - sinceMs >= watchMs).map(([id]) => id)
    },
    forget() {
      watched.clear()
    },
  }
}
