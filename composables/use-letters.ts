import type { LetterListQuery, LetterView } from '#shared/contracts/dead-letter.ts'
import { problemOf, type ApiProblem } from '#shared/view/api-problem.ts'

type Query = Omit<LetterListQuery, 'limit' | 'cursor'>

/** Letters of a filter, page by page; read anew when the filter changes. null = no list is wanted now. */
export function useLetters(filter: () => Query | null) {
  const api = useApi()
  const rows = shallowRef<LetterView[]>([])
  const cursor = ref<string | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const loading = ref(true)
  const busy = ref(false)
  let mine: AbortController | undefined
  const pageSize = 50

  async function read(after: string | null): Promise<void> {
    mine?.abort()
    const query = filter()
    if (query === null) return
    const controller = new AbortController()
    mine = controller
    busy.value = true
    try {
      const page = await api.get('/dead-letters', {
        query: { ...query, limit: String(pageSize), cursor: after ?? undefined },
        signal: controller.signal,
      })
      if (mine !== controller) return
      rows.value = after === null ? page.items : [...rows.value, ...page.items]
      cursor.value = page.nextCursor
      problem.value = null
    } catch (error) {
      if (mine === controller) problem.value = problemOf(error)
    } finally {
      if (mine === controller) {
        busy.value = false
        loading.value = false
      }
    }
  }

  watch(
    () => JSON.stringify(filter()),
    () => {
      rows.value = []
      cursor.value = null
      loading.value = true
      void read(null)
    },
    { immediate: true },
  )
  onScopeDispose(() => mine?.abort())
  return {
    rows,
    problem,
    loading,
    busy,
    more: computed(() => cursor.value !== null),
    readMore: () => void read(cursor.value),
    retry: () => void read(null),
    /** After a hint: the first page is read again; whoever went further is not thrown back. */
    refresh: () => {
      if (rows.value.length <= pageSize) void read(null)
    },
  }
}
