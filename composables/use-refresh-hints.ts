import type { Snapshot } from '#shared/contracts/live.ts'

/** The counts of the workspace, without their time: that alone differs in every picture. */
function countsOf(snapshot: Snapshot | null): string | null {
  return snapshot && JSON.stringify({ ...snapshot.workspace.ledger, asOf: null })
}

/**
 * Reads again when the live stream says that something has moved: the counts of this workspace changed, or a hint came. Nothing is
 * asked while nothing happens, nor more often than every `everyMs`; `when` says whether there is anything left that can change.
 */
export function useRefreshHints(read: () => Promise<unknown>, options: { when?: () => boolean; everyMs?: number } = {}): void {
  const { when = () => true, everyMs = 2_000 } = options
  const live = useLive()
  // The picture from before the page's own first reading: what that one missed differs from it. Without one, the first is news.
  let seen = countsOf(live.snapshot.value)
  let readAtMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  let missed = false
  let over = false

  function hint(): void {
    if (running) missed = true
    if (timer !== undefined || running || over || !when()) return
    timer = setTimeout(() => void run(), Math.max(0, readAtMs + everyMs - performance.now()))
  }

  async function run(): Promise<void> {
    timer = undefined
    running = true
    missed = false
    readAtMs = performance.now()
    try {
      await read()
    } finally {
      running = false
      // What moved while it was being read may not be in the answer.
      if (missed) hint()
    }
  }

  watch(live.snapshot, (snapshot) => {
    const counts = countsOf(snapshot)
    if (counts !== null && counts !== seen) hint()
    seen = counts ?? seen
  })
  for (const event of ['replay', 'dead-letter', 'queue'] as const) live.on(event, hint)
  onScopeDispose(() => {
    over = true
    clearTimeout(timer)
  })
}
