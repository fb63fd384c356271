/**
 * Reads again when the live stream says that something has moved: the counts of this workspace changed, or a hint came. Nothing is
 * asked while nothing happens, nor more often than every `everyMs`; `when` says whether there is anything left that can change.
 */
export function useRefreshHints(read: () => Promise<unknown>, options: { when?: () => boolean; everyMs?: number } = {}): void {
  const { when = () => true, everyMs = 2_000 } = options
  const live = useLive()
  let seen: string | null = null
  let readAtMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false

  function hint(): void {
    if (timer !== undefined || running || !when()) return
    timer = setTimeout(() => void run(), Math.max(0, readAtMs + everyMs - performance.now()))
  }

  async function run(): Promise<void> {
    timer = undefined
    running = true
    readAtMs = performance.now()
    try {
      await read()
    } finally {
      running = false
    }
  }

  watch(live.snapshot, (snapshot) => {
    // Not its time: that alone differs in every picture.
    const counts = snapshot && JSON.stringify({ ...snapshot.workspace.ledger, asOf: null })
    if (seen !== null && counts !== null && seen !== counts) hint()
    seen = counts
  })
  for (const event of ['replay', 'dead-letter', 'queue'] as const) live.on(event, hint)
  onScopeDispose(() => clearTimeout(timer))
}
