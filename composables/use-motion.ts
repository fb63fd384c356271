/** More of the page's own thread than this, and motion is not worth it. */
const budget = 0.1
const overMs = 10_000

/**
 * Whether data may move: not with reduced motion, not in a hidden tab, and not where this page has cost more than a tenth of a core
 * for ten seconds. `spend` is told what a picture cost; long tasks are seen by themselves.
 */
export function useMotion() {
  const reduced = useMedia('(prefers-reduced-motion: reduce)')
  const hidden = ref(document.hidden)
  const tooDear = ref(false)
  let spentMs = 0
  let sinceMs = performance.now()

  function spend(ms: number): void {
    spentMs += ms
    const passedMs = performance.now() - sinceMs
    if (passedMs < overMs) return
    // A tab that slept or was frozen proves nothing.
    if (!hidden.value && passedMs < 2 * overMs) tooDear.value = spentMs / passedMs > budget
    spentMs = 0
    sinceMs = performance.now()
  }

  const onVisibility = (): void => {
    hidden.value = document.hidden
    spentMs = 0
    sinceMs = performance.now()
  }
  document.addEventListener('visibilitychange', onVisibility)
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => spend(duration)))
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) observer.observe({ type: 'longtask' })
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', onVisibility)
    observer.disconnect()
  })
  return { still: computed(() => reduced.value || hidden.value || tooDear.value), tooDear: readonly(tooDear), spend }
}
