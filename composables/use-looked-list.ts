import type { LookPage } from '#shared/contracts/page.ts'

/** Rows that a page of the list aims at. */
const pageRows = 50

/**
 * A list by filters that may have to look through everything: an answer that has only come so far is gone on from by itself, until a
 * page is full or the list has ended. `searchedTo` is how far back the look has come; null when nothing is left to look at.
 */
export function useLookedList<Row>(
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<LookPage<Row>>,
  sources: () => unknown,
) {
  const searchedTo = ref<string | null>(null)
  const list = usePagedList<Row>(async (first, signal, show) => {
    const found = { items: [] as Row[], nextCursor: first ?? null }
    let reached: string | null
    do {
      const page = await ask(found.nextCursor ?? undefined, signal)
      if (signal.aborted) break
      found.items = [...found.items, ...page.items]
      found.nextCursor = page.nextCursor
      reached = page.searchedTo
      searchedTo.value = reached
      show(found)
    } while (reached !== null && found.items.length < pageRows)
    return found
  }, sources)
  return { ...list, searchedTo: readonly(searchedTo) }
}
