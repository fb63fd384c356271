/** More of the page's own thread than this, and motion is not worth it. */
const budget = 0.1
const overMs = 10_000
/** A page that starts, or a machine that was busy for a moment, is no reason: it must be so twice in a row. */
const timesInARow = 2

/**
 * Whether data may move: not with reduced motion, not in a hidden tab, and not where this page has cost more than a tenth of a core
 * for a while. `spend` is told what each picture cost.
 */
export function useMotion() {
  const reduced = useMedia('(prefers-reduced-motion: reduce)')
  const hidden = ref(document.hidden)
  const tooDear = ref(false)
  let spentMs = 0
  let sinceMs = performance.now()
  let overTimes = 0

  function spend(ms: number): void {
    spentMs += ms
    const passedMs = performance.now() - sinceMs
    if (passedMs < overMs) return
    // A tab that slept or was frozen proves nothing.
    if (!hidden.value && passedMs < 2 * overMs) {
      overTimes = spentMs / passedMs > budget ? overTimes + 1 : 0
      tooDear.value = overTimes >= timesInARow
    }
    spentMs = 0
    sinceMs = performance.now()
  }

  const onVisibility = (): void => {
    hidden.value = document.hidden
    spentMs = 0
    sinceMs = performance.now()
  }
  document.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => document.removeEventListener('visibilitychange', onVisibility))
  return { still: computed(() => reduced.value || hidden.value || tooDear.value), tooDear: readonly(tooDear), spend }
}
