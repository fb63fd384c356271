/**
 * Reads again with the live picture, at most every `everyMs`, while a person looks at this very tab: lists that no snapshot has room for.
 * Tabs in the background cost nothing.
 */
export function useGlance(everyMs: () => number, read: () => void): void {
  const { snapshot } = useLive()
  let readAt = performance.now()
  watch(snapshot, () => {
    if (document.hidden || !document.hasFocus() || performance.now() - readAt < everyMs()) return
    readAt = performance.now()
    read()
  })
}
