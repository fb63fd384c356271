import type { CauseView } from '#shared/contracts/dead-letter.ts'
import { articleOf } from '#shared/field-guide/index.ts'

/** The causes of this workspace that have open letters now, most letters first; read again when letters come or go. */
export function useOpenCauses() {
  const api = useApi()
  const live = useLive()
  const reading = useReading((signal) => api.get('/dead-letters/causes', { query: { state: 'open', limit: '200' }, signal }))
  live.on('dead-letter', () => void reading.read())
  return computed<CauseView[]>(() => [...(reading.data.value?.items ?? [])].sort((a, b) => b.count - a.count))
}

/** How many open letters the field guide's articles are about. */
export function useOpenByArticle() {
  const causes = useOpenCauses()
  return computed(() => {
    const counts = new Map<string, number>()
    for (const { errorCode, count } of causes.value) {
      const id = articleOf(errorCode)?.id
      if (id) counts.set(id, (counts.get(id) ?? 0) + count)
    }
    return counts
  })
}
