import type { Page } from '#shared/contracts/page.ts'
import { problemOf, type ApiProblem } from '#shared/view/api-problem.ts'

/**
 * A keyset-paged list: the first page is read at once and again when `sources` change, `loadMore` adds the next one. Old rows stay
 * while new ones come; `refresh` reads the first page again, and leaves a list alone that somebody has gone further down.
 */
export function usePagedList<Row>(ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>, sources?: () => unknown) {
  const rows = shallowRef<Row[]>([])
  const nextCursor = ref<string | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  const answered = ref(false)
  const pages = ref(0)
  let mine: AbortController | undefined

  async function read(cursor?: string): Promise<void> {
    mine?.abort()
    const controller = new AbortController()
    mine = controller
    busy.value = true
    try {
      const page = await ask(cursor, controller.signal)
      if (mine !== controller) return
      rows.value = cursor === undefined ? page.items : [...rows.value, ...page.items]
      pages.value = cursor === undefined ? 1 : pages.value + 1
      nextCursor.value = page.nextCursor
      problem.value = null
      answered.value = true
    } catch (error) {
      if (mine === controller) problem.value = problemOf(error)
    } finally {
      if (mine === controller) busy.value = false
    }
  }

  if (sources) watch(sources, () => void read())
  void read()
  onScopeDispose(() => {
    const last = mine
    mine = undefined
    last?.abort()
  })
  return {
    rows,
    problem,
    busy: readonly(busy),
    loading: computed(() => !answered.value && problem.value === null),
    more: computed(() => nextCursor.value !== null),
    loadMore: () => (nextCursor.value === null ? Promise.resolve() : read(nextCursor.value)),
    read: () => read(),
    refresh: async (): Promise<void> => {
      if (pages.value <= 1 && !busy.value) await read()
    },
  }
}
