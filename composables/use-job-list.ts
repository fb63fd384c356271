import type { JobView } from '#shared/contracts/job.ts'
import type { QueueName } from '#shared/queue-names.ts'

export interface JobListFilter {
  state: string
  q: string
  lane: string
}

/** Rows that a page of the list aims at. */
const pageRows = 50

/**
 * Jobs of a queue by a filter. A search answers piece by piece: it goes on by itself until a page is full or the end is reached,
 * shows what it has found meanwhile, and stops when told to. Old rows stay while new ones come.
 */
export function useJobList(name: () => QueueName, filter: () => JobListFilter) {
  const api = useApi()
  /** Rows that the search has looked into so far. */
  const searched = ref<number | null>(null)
  const list = usePagedList<JobView>(
    async (first, signal, show) => {
      const { state, q, lane } = filter()
      const found = { items: [] as JobView[], nextCursor: first ?? null }
      if (first === undefined) searched.value = null
      // The dead are letters: another list.
      if (state === 'dead') return found
      do {
        const query = { state, q: q || undefined, lane: lane || undefined, limit: pageRows, cursor: found.nextCursor ?? undefined }
        const page = await api.get('/queues/{name}/jobs', { params: { name: name() }, query, signal })
        if (signal.aborted) break
        found.items = [...found.items, ...page.items]
        found.nextCursor = page.nextCursor
        if (page.searched !== null) searched.value = (searched.value ?? 0) + page.searched
        // The first answer replaces what was shown; while nothing was found yet, old rows would be a lie.
        show(found)
      } while (q !== '' && found.nextCursor !== null && found.items.length < pageRows)
      return found
    },
    () => [name(), { ...filter() }],
  )
  return { ...list, searched: readonly(searched) }
}
