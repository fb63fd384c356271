import type { LetterListQuery, LetterView } from '#shared/contracts/dead-letter.ts'

type Query = Omit<LetterListQuery, 'limit' | 'cursor'>

/** Letters of a filter, page by page; read anew when the filter changes. null = no list is wanted now. */
export function useLetters(filter: () => Query | null) {
  const api = useApi()
  return usePagedList<LetterView>(
    (cursor, signal) => {
      const query = filter()
      if (query === null) return Promise.resolve({ items: [], nextCursor: null })
      return api.get('/dead-letters', { query: { ...query, limit: '50', cursor }, signal })
    },
    () => JSON.stringify(filter()),
    { fresh: true },
  )
}
