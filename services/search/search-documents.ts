// A search: by words or by meaning, whatever is there to do it with, and the answer says what it was. The index gives ids; what is
// shown and what may change (states, deletions) is read from the tables, so that nothing old is ever shown.
import { EmbedderUnavailable, type Embedder } from '#platform/embedder/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { IndexUnavailable, wordsOf, type DocumentKind, type IndexAnswer, type SearchIndex } from '#platform/search-index/index.ts'
import type { SearchMode } from '#shared/contracts/search-modes.ts'
import { Fault } from '#shared/fault.ts'
import { alphaFor } from './usual-alpha.rules.ts'
import { everybody, readDocuments, type SourceDocument } from './document.repository.ts'

export interface Asked {
  q: string
  mode?: SearchMode | undefined
  /** alphaFor(q) when it is not said. */
  alpha?: number | undefined
  limit: number
  /** Some of the words are enough. */
  loose?: boolean
  /** All of the words, or nothing. */
  strict?: boolean
  filters: Record<string, string | undefined>
  from?: Date | undefined
  to?: Date | undefined
}

export interface Found {
  score: number
  document: SourceDocument
}

export interface Outcome {
  found: Found[]
  mode: SearchMode
  note: string | null
  corrected: Record<string, string[]>
  complete: boolean
  /** What was looked for, for marking it. */
  words: string[]
}

/** Somebody waits for this vector: rather no meaning than a long wait. */
const embedTimeoutMs = 2_000
/** Hits of the first look at the index, where some may fall out, and of the second, which is the last. */
const firstLookedAt = 200
const mostLookedAt = 2_000
/** Documents that are read together; no more is ever asked for. */
const readAtOnce = 100
const retryAfterSeconds = 5

export interface SearchDeps {
  pool: Pool
  index: SearchIndex
  embedder: Embedder | undefined
}

/** What the index does not know of documents, and the tables do. */
export interface Condition {
  /** Which documents it may hold for, where they are few: nothing else is looked at then. Null = too many to name. */
  among(): Promise<string[] | null>
  /** For which of these it holds. */
  keep(ids: string[]): Promise<Set<string>>
}

/**
 * `foundByShown` leaves out what was found by words that the caller is not shown: it is given documents, and the words looked for with what
 * they were corrected to. Faults: invalid (nothing to look for), dependency-unavailable.
 */
export async function searchDocuments(
  deps: SearchDeps,
  kind: DocumentKind,
  workspaceId: string,
  asked: Asked,
  condition?: Condition,
  foundByShown?: (documents: SourceDocument[], words: readonly string[]) => Set<string>,
): Promise<Outcome> {
  const typed = wordsOf(asked.q)
  if (typed.length === 0) throw new Fault('invalid', 'The query is not valid.', { errors: [{ path: 'q', message: 'has no word in it' }] })
  const { mode, note, vector } = await chooseMode(deps, asked)
  const scope = kind === 'article' ? everybody : workspaceId
  const filters = Object.fromEntries(Object.entries(asked.filters).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const among = (await condition?.among()) ?? undefined
  if (among?.length === 0) return { found: [], mode, note, corrected: {}, complete: true, words: typed }
  const wordsFor = (corrected: Record<string, string[]>): string[] => [...typed, ...Object.values(corrected).flat()]

  const ask = (limit: number): Promise<IndexAnswer> =>
    deps.index
      .search(kind, scope, {
        ...{ mode, text: asked.q, vector, alpha: asked.alpha ?? alphaFor(asked.q), filters, among, limit },
        ...{ from: asked.from, to: asked.to, loose: asked.loose, strict: asked.strict },
      })
      .catch((error: unknown) => {
        if (!(error instanceof IndexUnavailable)) throw error
        throw new Fault('dependency-unavailable', 'The search index does not answer. Lists and deliveries are not affected.', {
          retryAfterSeconds,
          cause: error,
        })
      })

  /** Those of the hits that are there, for which the condition holds, and that the caller is shown: the best, as many as were asked for. */
  async function sift({ hits, corrected }: IndexAnswer): Promise<Found[]> {
    const kept = await condition?.keep(hits.map(({ id }) => id))
    const wanted = hits.filter(({ id }) => !kept || kept.has(id))
    const found: Found[] = []
    for (let at = 0; at < wanted.length && found.length < asked.limit; at += readAtOnce) {
      const some = wanted.slice(at, at + readAtOnce)
      const there = await readDocuments(deps.pool, kind, scope, { ids: some.map(({ id }) => id) })
      const shown = foundByShown?.(there, wordsFor(corrected))
      const documents = new Map(there.filter(({ id }) => !shown || shown.has(id)).map((document) => [document.id, document]))
      for (const { id, score } of some) {
        const document = documents.get(id)
        if (document) found.push({ score, document })
      }
    }
    return found.slice(0, asked.limit)
  }

  async function lookAt(limit: number): Promise<Pick<Outcome, 'found' | 'corrected' | 'complete'>> {
    const answer = await ask(limit)
    const found = await sift(answer)
    return { found, corrected: answer.corrected, complete: found.length >= asked.limit || answer.hits.length < limit }
  }

  const first = await lookAt(!condition && !foundByShown ? asked.limit : firstLookedAt)
  // It begins anew: what weighs most among more need not be what did among few.
  const last = first.complete ? first : await lookAt(mostLookedAt)
  return { ...last, mode, note, words: wordsFor(last.corrected) }
}

/** By meaning takes an index of vectors and a vector; without either it is words, and the note says why. */
async function chooseMode(
  { index, embedder }: SearchDeps,
  { q, mode }: Asked,
): Promise<{ mode: SearchMode; note: string | null; vector?: number[] }> {
  const asked = mode !== undefined
  if (mode === 'words') return { mode, note: null }
  const words = (why: string): { mode: SearchMode; note: string | null } => ({
    mode: 'words',
    note: asked ? `${why}: searched by words.` : null,
  })
  if (!index.byMeaning) return words('This instance has no index of vectors')
  if (!embedder) return words('This instance has no embedding service')
  try {
    const [vector] = await embedder.embed([q], { timeoutMs: embedTimeoutMs })
    return { mode: mode ?? 'hybrid', note: null, vector: vector! }
  } catch (error) {
    if (!(error instanceof EmbedderUnavailable)) throw error
    return { mode: 'words', note: 'The embedding service does not answer: searched by words.' }
  }
}
