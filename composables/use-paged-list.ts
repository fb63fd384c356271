import type { Page } from '#shared/contracts/page.ts'
import { problemOf, type ApiProblem } from '#shared/view/api-problem.ts'
import type { ListTable } from '#shared/view/table.ts'

/** Gives a page; `show` shows what has been found of it so far. */
type Ask<Row> = (cursor: string | undefined, signal: AbortSignal, show: (found: Page<Row>) => void) => Promise<Page<Row>>

/**
 * A keyset-paged list: the first page is read at once and again when `sources` change, "more" adds the next one. Old rows stay
 * while new ones come, unless `fresh`: then another source empties the list, because its rows would be taken for the new one's.
 * `refresh` reads the first page again, and leaves a list alone that somebody has gone further down.
 */
export function usePagedList<Row>(ask: Ask<Row>, sources?: () => unknown, { fresh = false } = {}) {
  const rows = shallowRef<Row[]>([])
  const nextCursor = ref<string | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  const answered = ref(false)
  const pages = ref(0)
  /** A refresh was asked for while the first page was being read: what it is about may not be in the answer. */
  let again = false
  let mine: AbortController | undefined

  async function read(cursor?: string): Promise<void> {
    mine?.abort()
    const controller = new AbortController()
    mine = controller
    busy.value = true
    again = false
    const before = cursor === undefined ? [] : rows.value
    const show = (found: Page<Row>): void => {
      if (mine !== controller) return
      rows.value = [...before, ...found.items]
      nextCursor.value = found.nextCursor
      problem.value = null
      answered.value = true
    }
    try {
      show(await ask(cursor, controller.signal, show))
      if (mine === controller) pages.value = cursor === undefined ? 1 : pages.value + 1
    } catch (error) {
      if (mine === controller) problem.value = problemOf(error)
    } finally {
      if (mine === controller) {
        busy.value = false
        if (again) void refresh()
      }
    }
  }
  const loadMore = (): Promise<void> => (nextCursor.value === null ? Promise.resolve() : read(nextCursor.value))
  async function refresh(): Promise<void> {
    if (busy.value) again = true
    else if (pages.value <= 1) await read()
  }

  if (sources)
    watch(sources, () => {
      if (fresh) {
        rows.value = []
        nextCursor.value = null
        problem.value = null
        answered.value = false
      }
      void read()
    })
  void read()
  onScopeDispose(stop)
  /** What was found stays; what is being looked for is given up. */
  function stop(): void {
    const last = mine
    mine = undefined
    busy.value = false
    last?.abort()
  }
  return {
    rows,
    /** What a DataTable needs of it: `v-bind="list.table.value"`. */
    table: computed((): ListTable<Row> => ({
      rows: rows.value,
      problem: problem.value,
      busy: busy.value,
      loading: !answered.value && problem.value === null,
      more: nextCursor.value !== null,
      onMore: () => void loadMore(),
      onRetry: () => void read(),
    })),
    read: () => read(),
    refresh,
    stop,
  }
}
