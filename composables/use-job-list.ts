import type { JobView } from '#shared/contracts/job.ts'
import { problemOf, type ApiProblem } from '#shared/view/api-problem.ts'
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
  const rows = shallowRef<JobView[]>([])
  const nextCursor = ref<string | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  const searched = ref<number | null>(null)
  const loaded = ref(false)
  /** Nothing but the first page is shown. */
  const first = ref(true)
  let mine: AbortController | undefined

  async function read(append: boolean): Promise<void> {
    mine?.abort()
    const controller = new AbortController()
    mine = controller
    busy.value = true
    first.value = !append
    const { state, q, lane } = filter()
    const kept = append ? rows.value : []
    const wanted = kept.length + pageRows
    let found = kept
    let cursor = append ? nextCursor.value : null
    if (!append) searched.value = null
    try {
      do {
        const query = { state, q: q || undefined, lane: lane || undefined, limit: pageRows, cursor: cursor ?? undefined }
        const page = await api.get('/queues/{name}/jobs', { params: { name: name() }, query, signal: controller.signal })
        if (mine !== controller) return
        found = [...found, ...page.items]
        cursor = page.nextCursor
        if (page.searched !== null) searched.value = (searched.value ?? 0) + page.searched
        // The first answer replaces what was shown; while nothing was found yet, old rows would be a lie.
        rows.value = found
        nextCursor.value = cursor
        problem.value = null
        loaded.value = true
      } while (q !== '' && cursor !== null && found.length < wanted)
    } catch (error) {
      if (mine === controller) problem.value = problemOf(error)
    } finally {
      if (mine === controller) busy.value = false
    }
  }

  watch([name, filter], () => void read(false), { deep: true })
  void read(false)
  onScopeDispose(() => mine?.abort())
  return {
    rows,
    first: readonly(first),
    problem,
    searched: readonly(searched),
    busy: readonly(busy),
    loading: computed(() => !loaded.value && problem.value === null),
    more: computed(() => nextCursor.value !== null),
    read: () => read(false),
    readMore: () => read(true),
    stop: () => {
      mine?.abort()
      mine = undefined
      busy.value = false
    },
  }
}
