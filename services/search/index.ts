// Search: things of a workspace found by their words or by what they mean.
//
// document   what is known of a thing to those who look for it: title, text, names, filters; made from its row and from nothing else
// index      what finds documents (platform/search-index): Weaviate, or Postgres itself
// lag        what has changed and is not in the index yet: rows of kind `index` in the outbox
import type { Embedder } from '#platform/embedder/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import type { SearchIndex } from '#platform/search-index/index.ts'
import type { Counters } from '#platform/telemetry/counters.ts'
import type { CauseView } from '#shared/contracts/dead-letter.ts'
import { idBounds, type Period } from '#shared/contracts/list-filters.ts'
import type {
  DocumentSearch,
  FoundDocument,
  LetterSearch,
  LetterSearchQuery,
  NotificationSearch,
  NotificationSearchQuery,
  SearchKind,
  SearchLag,
  SearchQuery,
  SimilarCauses,
  Snippet,
} from '#shared/contracts/search.ts'
import { Fault } from '#shared/fault.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { publicId, publicIdOrNull, uuidTime, type IdKind } from '#shared/ids.ts'
import { redactText } from '#shared/redact.ts'
import { searchMeasure } from '#shared/topology/measures.ts'
import { lettersThatAre, listCauses, listLetters, redactLetter } from '../dead-letters/index.ts'
import { hiddenFault, type Sight } from '../masking/index.ts'
import { notificationsThatAre, notificationsThatMayBe, readNotificationsById } from '../notifications/index.ts'
import { readDocuments, type SourceDocument } from './document.repository.ts'
import { readIndexLag } from './index-work.repository.ts'
import { searchDocuments, type Asked, type Outcome } from './search-documents.ts'
import { foundByShown, redactDocument, shownCorrections } from './redact-document.rules.ts'
import { snippetOf } from './snippet.rules.ts'

export { checkIndex, type CheckReport, type Difference } from './check-index.ts'
export { rebuildIndex, type RebuildProgress, type RebuildReport } from './rebuild-index.ts'
export { startIndexer, type Indexer } from './run-indexer.ts'
export { alphaFor } from './usual-alpha.rules.ts'

export interface Search {
  /** Best first. Faults: dependency-unavailable; forbidden where messages are masked. */
  notifications(workspaceId: string, query: NotificationSearchQuery, sight: Sight): Promise<NotificationSearch>
  /** By their errors, best first; shown, and found, without what is masked in them. Faults: dependency-unavailable. */
  letters(workspaceId: string, query: LetterSearchQuery, sight: Sight): Promise<LetterSearch>
  /** Dead letters and causes are shown, and found, without what is masked in them. Faults: as above; forbidden for messages and recipients where they are masked. */
  documents(workspaceId: string, query: SearchQuery & { strict?: boolean }, sight: Sight): Promise<DocumentSearch>
  /** Causes whose errors say the like. Faults: not-found, dependency-unavailable. */
  similar(workspaceId: string, causeId: string, sight: Sight): Promise<SimilarCauses>
}

const similarCauses = 5
/** What an answer says of the lag may be this old: it is counted for all that search at the same moment. */
const lagForMs = 1_000

const publicKinds: Partial<Record<SearchKind, IdKind>> = { notification: 'notification', 'dead-letter': 'deadLetter', cause: 'cause' }

export function createSearch(deps: { pool: Pool; index: SearchIndex; embedder: Embedder | undefined; counters?: Counters }): Search {
  const { pool } = deps
  const place = deps.counters?.place(searchMeasure)
  const lags = new Map<string, { at: number; lag: Promise<SearchLag> }>()

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    try {
      const answer = await work()
      place?.pass(performance.now() - startedAt)
      return answer
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'dependency-unavailable') place?.fail(performance.now() - startedAt)
      throw error
    }
  }

  function lagOf(workspaceId: string): Promise<SearchLag> {
    const now = performance.now()
    const known = lags.get(workspaceId)
    if (known && now - known.at < lagForMs) return known.lag
    if (lags.size > 1_000) lags.clear()
    const lag = readIndexLag(pool, workspaceId)
    lags.set(workspaceId, { at: now, lag })
    return lag
  }

  const told = async (workspaceId: string, { mode, note, corrected, complete }: Outcome) => ({
    mode,
    note,
    corrected,
    complete,
    lag: await lagOf(workspaceId),
  })

  /** By their public ids, open or not. */
  async function causesOf(workspaceId: string, found: readonly { document: SourceDocument }[]): Promise<Map<string, CauseView>> {
    const ids = found.map(({ document }) => document.id)
    const causes = await listCauses(pool, workspaceId, { state: 'open' }, { after: undefined, count: ids.length, ids })
    return new Map(causes.map((cause) => [cause.id, cause]))
  }

  return {
    notifications: (workspaceId, { channel, workflow, recipient, state, ...query }, { masked }) =>
      counted(async () => {
        if (masked) throw hiddenFault('Searching messages')
        const condition = state && {
          among: () => notificationsThatMayBe(pool, workspaceId, state, channel),
          keep: (ids: string[]) => notificationsThatAre(pool, workspaceId, state, ids),
        }
        const asked = askedOf(query, { channel, workflow, recipient })
        const outcome = await searchDocuments(deps, 'notification', workspaceId, asked, condition)
        const ids = outcome.found.map(({ document }) => document.id)
        const views = new Map((await readNotificationsById(pool, workspaceId, ids, state)).map((view) => [view.id, view]))
        const items = outcome.found.flatMap(({ document, score }) => {
          const view = views.get(publicId('notification', document.id))
          return view ? [{ ...view, score, snippet: snippetFor(document, outcome.words) }] : []
        })
        return { items, ...(await told(workspaceId, outcome)) }
      }),

    letters: (workspaceId, { channel, workflow, recipient, state, ...query }, { masked }) =>
      counted(async () => {
        const letterId = (uuid: string): string => publicId('deadLetter', uuid)
        const condition = state && {
          // Too many to name: an outage makes them by the hundred thousand.
          among: () => Promise.resolve(null),
          keep: (ids: string[]) => lettersThatAre(pool, workspaceId, state, ids),
        }
        const asked = askedOf(query, { channel, workflow, recipient })
        const outcome = await searchDocuments(deps, 'dead-letter', workspaceId, asked, condition, masked ? foundByShown : undefined)
        if (masked) outcome.corrected = shownCorrections(outcome)
        const ids = outcome.found.map(({ document }) => letterId(document.id))
        const page = { before: undefined, count: ids.length }
        const letters = new Map((await listLetters(pool, workspaceId, { ids, state }, page)).map((one) => [one.id, one]))
        const items = outcome.found.flatMap(({ document, score }) => {
          const letter = letters.get(letterId(document.id))
          if (!letter) return []
          const snippet = snippetFor(masked ? masking(document) : document, outcome.words)
          return [{ ...(masked ? redactLetter(letter) : letter), score, snippet }]
        })
        return { items, ...(await told(workspaceId, outcome)) }
      }),

    documents: (workspaceId, { kind, channel, workflow, recipient, ...query }, { masked }) =>
      counted(async () => {
        if (masked && kind === 'notification') throw hiddenFault('Searching messages')
        if (masked && kind === 'recipient') throw hiddenFault('Searching recipients')
        const hide = masked && kind !== 'article'
        const asked = askedOf(query, { channel, workflow, recipient })
        const outcome = await searchDocuments(deps, kind, workspaceId, asked, undefined, hide ? foundByShown : undefined)
        if (hide) outcome.corrected = shownCorrections(outcome)
        const causes = kind === 'cause' ? await causesOf(workspaceId, outcome.found) : undefined
        const items = outcome.found.map(({ document, score }): FoundDocument => {
          const shown = hide ? masking(document) : document
          const idKind = publicKinds[kind]
          return {
            kind,
            id: idKind ? publicId(idKind, document.id) : document.id,
            title: shown.title,
            at: document.at.toISOString(),
            eventId: publicIdOrNull('event', document.eventId),
            ...lettersOf(causes?.get(publicId('cause', document.id))),
            score,
            snippet: snippetFor(shown, outcome.words),
          }
        })
        return { items, ...(await told(workspaceId, outcome)) }
      }),

    similar: (workspaceId, causeId, { masked }) =>
      counted(async () => {
        const id = uuidOf('cause', causeId)
        const [cause] = await readDocuments(pool, 'cause', workspaceId, { ids: [id] })
        if (!cause) throw new Fault('not-found', 'There is no such cause.')
        const { found, mode } = await searchDocuments(deps, 'cause', workspaceId, {
          q: `${cause.title} ${cause.names}`.slice(0, 500),
          limit: similarCauses + 1,
          loose: true,
          filters: {},
        })
        const others = found.filter(({ document }) => document.id !== id).slice(0, similarCauses)
        const byId = await causesOf(workspaceId, others)
        return {
          mode,
          items: others.flatMap(({ document, score }) => {
            const view = byId.get(publicId('cause', document.id))
            return view ? [{ ...view, title: masked ? redactText(view.title) : view.title, score }] : []
          }),
        }
      }),
  }
}

const lettersOf = (cause: CauseView | undefined): Pick<FoundDocument, 'letters'> =>
  cause ? { letters: { open: cause.count, total: cause.total } } : {}

/** Names stand in snippets here too. */
function masking(document: SourceDocument): SourceDocument {
  return { ...redactDocument(document), names: redactText(document.names) }
}

/** The text's part with the words in it; of the names or of the title, which stands beside it anyway, where only those have them. */
function snippetFor({ title, body, names }: SourceDocument, words: readonly string[]): Snippet {
  const snippets = [body, names, title].map((text) => snippetOf(text, words))
  return snippets.find(({ marks }) => marks.length > 0) ?? snippets.find(({ text }) => text !== '') ?? snippets[0]!
}

function askedOf(query: Omit<Asked, 'filters' | 'from' | 'to'> & Period, filters: Record<string, string | undefined>): Asked {
  const { from, to } = idBounds(query)
  const date = (bound: string | undefined): Date | undefined => (bound === undefined ? undefined : new Date(uuidTime(bound)))
  return {
    q: query.q,
    mode: query.mode,
    alpha: query.alpha,
    limit: query.limit,
    filters,
    from: date(from),
    to: date(to),
    ...(query.strict ? { strict: true } : {}),
  }
}
