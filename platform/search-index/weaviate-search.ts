// One search in one tenant: by words (BM25, all of them where they stand together), by meaning, or both.
import type { Collection, FilterValue, Filters as FilterLibrary } from 'weaviate-client'
import { usualAlpha } from '#shared/contracts/search-modes.ts'
import { fuseHits } from './fuse-hits.rules.ts'
import { canBeMisspelt, nearestWords, withoutOneLetter, wordsIn, wordsOf } from './query-words.rules.ts'
import type { IndexAnswer, IndexHit, IndexQuery } from './search-index.ts'
import { uuidOf, type StoredDocument } from './weaviate-schema.ts'

type Tenant = Collection<undefined, string, undefined>
interface Found {
  objects: { properties: StoredDocument; metadata?: { score?: number; distance?: number } }[]
}

const fields = [
  { name: 'title', weight: 2 },
  { name: 'text', weight: 1 },
] as never
/** Further away than this the meaning is another one (cosine distance). */
const furthest = 0.8
/** Hits of each side that are made one: further down neither has much to say. */
const fusedFrom = 100
/** Documents whose words are looked at for one that was meant. */
const lookedAtForSpelling = 40

interface Asking {
  byWords(text: string, operator: 'And' | 'Or', limit: number): Promise<IndexHit[]>
  byMeaning(vector: number[], limit: number): Promise<IndexHit[]>
}

export async function searchTenant(tenant: Tenant, filters: typeof FilterLibrary, query: IndexQuery): Promise<IndexAnswer> {
  const asking = askingOf(tenant, filterOf(tenant, filters, query))
  const { mode, vector } = query
  if (mode === 'meaning' && vector) return { hits: await asking.byMeaning(vector, query.limit), corrected: {} }
  if (mode === 'hybrid' && vector) return searchByBoth(tenant, asking, query, vector)
  return searchByWords(tenant, asking, query)
}

function askingOf(tenant: Tenant, filtered: { filters?: FilterValue }): Asking {
  const optionsOf = (limit: number) => ({ limit, returnProperties: ['docId'] as never, ...filtered })
  return {
    async byWords(text, operator, limit) {
      const { objects } = (await tenant.query.bm25(text, {
        ...optionsOf(limit),
        queryProperties: fields,
        operator: operator === 'And' ? { operator } : { operator, minimumMatch: 1 },
        returnMetadata: ['score'],
      })) as unknown as Found
      return objects.map(({ properties, metadata }) => ({ id: properties.docId, score: metadata?.score ?? 0 }))
    },
    async byMeaning(vector, limit) {
      const { objects } = (await tenant.query.nearVector(vector, {
        ...optionsOf(limit),
        distance: furthest,
        returnMetadata: ['distance'],
      })) as unknown as Found
      return objects.map(({ properties, metadata }) => ({ id: properties.docId, score: 1 - (metadata?.distance ?? 1) }))
    },
  }
}

async function searchByBoth(tenant: Tenant, asking: Asking, query: IndexQuery, vector: number[]): Promise<IndexAnswer> {
  const { alpha = usualAlpha, limit } = query
  const asked = wordsOf(query.text).join(' ')
  const most = Math.max(fusedFrom, limit)
  const words = async (text: string): Promise<IndexHit[]> => (alpha === 1 ? [] : asking.byWords(text, 'Or', most))
  // Most questions have no mistake in them: nobody waits for the words to be looked up first.
  const [byMeaning, byAsked, { text, corrected }] = await Promise.all([
    alpha === 0 ? [] : asking.byMeaning(vector, most),
    words(asked),
    correct(tenant, query),
  ])
  const byWords = text === asked ? byAsked : await words(text)
  const hits = fuseHits([
    { weight: alpha, hits: byMeaning },
    { weight: 1 - alpha, hits: byWords },
  ])
  return { hits: hits.slice(0, limit), corrected }
}

async function searchByWords(tenant: Tenant, asking: Asking, query: IndexQuery): Promise<IndexAnswer> {
  const asked = wordsOf(query.text).join(' ')
  if (!query.loose) {
    const together = await asking.byWords(asked, 'And', query.limit)
    if (together.length > 0) return { hits: together, corrected: {} }
  }
  const { text, corrected } = await correct(tenant, query)
  if (!query.loose && Object.keys(corrected).length > 0) {
    const meant = await asking.byWords(text, 'And', query.limit)
    if (meant.length > 0) return { hits: meant, corrected }
  }
  if (query.strict) return { hits: [], corrected: {} }
  return { hits: await asking.byWords(text, 'Or', query.limit), corrected }
}

function filterOf(tenant: Tenant, filters: typeof FilterLibrary, query: IndexQuery): { filters?: FilterValue } {
  const { filter } = tenant
  const marks = Object.entries(query.filters).map(([name, value]) => `${name}:${value}`)
  const all: FilterValue[] = [
    ...marks.map((mark) => filter.byProperty('marks' as never).containsAny([mark]) as FilterValue),
    ...(query.from ? [filter.byProperty('at' as never).greaterOrEqual(query.from as never) as FilterValue] : []),
    ...(query.among ? [filter.byId().containsAny(query.among.map(uuidOf)) as FilterValue] : []),
    ...(query.to ? [filter.byProperty('at' as never).lessThan(query.to as never) as FilterValue] : []),
  ]
  return all.length === 0 ? {} : { filters: all.length === 1 ? all[0]! : filters.and(...all) }
}

/** The text with words that nobody uses replaced by the nearest that somebody does. */
async function correct(tenant: Tenant, query: IndexQuery): Promise<{ text: string; corrected: Record<string, string[]> }> {
  const words = wordsOf(query.text)
  const meant = await Promise.all(words.map(async (word) => [word, canBeMisspelt(word) ? await meantBy(tenant, word) : []] as const))
  const text = meant.map(([word, nearest]) => nearest[0] ?? word).join(' ')
  return { text, corrected: Object.fromEntries(meant.filter(([, nearest]) => nearest.length > 0)) }
}

/** None when somebody uses the word, or nothing is near it. */
async function meantBy(tenant: Tenant, word: string): Promise<string[]> {
  const known = await tenant.query.bm25(word, { limit: 1, queryProperties: fields, returnProperties: ['docId'] as never })
  if (known.objects.length > 0) return []
  const alike = (await tenant.query.bm25(withoutOneLetter(word).join(' '), {
    limit: lookedAtForSpelling,
    queryProperties: ['near'] as never,
    operator: { operator: 'Or', minimumMatch: 1 },
    returnProperties: ['text'] as never,
  })) as unknown as Found
  const candidates = [...new Set(alike.objects.flatMap(({ properties }) => wordsIn(properties.text)))]
  // The beginning of a word is no mistake.
  const begun = candidates.filter((candidate) => candidate.startsWith(word)).slice(0, 3)
  return begun.length > 0 ? begun : nearestWords(word, candidates)
}
