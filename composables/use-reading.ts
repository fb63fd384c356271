import type { ApiProblem } from '#shared/view/api-problem.ts'
import { problemOf } from '#shared/view/api-problem.ts'

/**
 * Something read from the API and shown: read at once, again when `sources` change or `read()` is called. Old data stays while new
 * data comes and when that fails; an answer that was overtaken is dropped. `loading` is true only while there is nothing to show.
 */
export function useReading<T>(ask: (signal: AbortSignal) => Promise<T>, sources?: () => unknown) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  let mine: AbortController | undefined

  async function read(): Promise<void> {
    mine?.abort()
    const controller = new AbortController()
    mine = controller
    busy.value = true
    try {
      const answer = await ask(controller.signal)
      if (mine !== controller) return
      data.value = answer
      problem.value = null
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
  const loading = computed(() => data.value === null && problem.value === null)
  return { data, problem, busy: readonly(busy), loading, read }
}
