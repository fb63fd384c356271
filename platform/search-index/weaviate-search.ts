// One search in one tenant: by words (BM25, all of them where they stand together), by meaning, or both.
import type { Collection, FilterValue, Filters as FilterLibrary } from 'weaviate-client'
import { usualAlpha } from '#shared/contracts/search-modes.ts'
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
/** Documents whose words are looked at for one that was meant. */
const lookedAtForSpelling = 40

export async function searchTenant(tenant: Tenant, filters: typeof FilterLibrary, query: IndexQuery): Promise<IndexAnswer> {
  const base = {
    limit: query.limit,
    offset: query.offset ?? 0,
    returnProperties: ['docId'] as never,
    ...filterOf(tenant, filters, query),
  }

  if (query.mode === 'meaning' && query.vector) {
    const found = (await tenant.query.nearVector(query.vector, {
      ...base,
      distance: furthest,
      returnMetadata: ['distance'],
    })) as unknown as Found
    return {
      hits: found.objects.map(({ properties, metadata }) => ({ id: properties.docId, score: 1 - (metadata?.distance ?? 1) })),
      corrected: {},
    }
  }

  const asked = wordsOf(query.text).join(' ')
  if (query.mode === 'hybrid' && query.vector) {
    const { vector, alpha = usualAlpha } = query
    const both = async (text: string): Promise<IndexHit[]> =>
      hitsOf(
        (await tenant.query.hybrid(text, {
          ...base,
          alpha,
          vector,
          fusionType: 'RelativeScore',
          maxVectorDistance: furthest,
          queryProperties: fields,
          returnMetadata: ['score'],
        })) as unknown as Found,
      )
    // Most questions have no mistake in them: nobody waits for the words to be looked up first.
    const [hits, { text, corrected }] = await Promise.all([both(asked), correct(tenant, query)])
    return { hits: text === asked ? hits : await both(text), corrected }
  }

  const words = async (text: string, all: boolean): Promise<IndexHit[]> =>
    hitsOf(
      (await tenant.query.bm25(text, {
        ...base,
        queryProperties: fields,
        operator: all ? { operator: 'And' } : { operator: 'Or', minimumMatch: 1 },
        returnMetadata: ['score'],
      })) as unknown as Found,
    )
  if (!query.loose) {
    const together = await words(asked, true)
    if (together.length > 0 || base.offset > 0) return { hits: together, corrected: {} }
  }
  const { text, corrected } = await correct(tenant, query)
  if (!query.loose && Object.keys(corrected).length > 0) {
    const meant = await words(text, true)
    if (meant.length > 0) return { hits: meant, corrected }
  }
  if (query.strict) return { hits: [], corrected: {} }
  return { hits: await words(text, false), corrected }
}

function hitsOf(found: Found): IndexHit[] {
  return found.objects.map(({ properties, metadata }) => ({ id: properties.docId, score: metadata?.score ?? 0 }))
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
