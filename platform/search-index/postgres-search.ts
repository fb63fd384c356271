// One search in one table: the words of the question as the vocabulary knows them, what matches by the GIN index, the best of the newest.
import { createHash } from 'node:crypto'
import type { PoolClient } from '#platform/postgres/index.ts'
import { canBeMisspelt, nearestWords, wordsOf } from './query-words.rules.ts'
import type { DocumentKind, IndexAnswer, IndexHit, IndexQuery } from './search-index.ts'

/** Of everything that matches, the newest this many are weighed against each other. */
const weighed = 300
/** A search that takes longer than this is given up: it must not keep a connection from others. */
const longestMs = 3_000
/** Of a question whose words never stand together, the rarest this many decide what is looked at; fewer, when they have this many documents. */
const rarest = { words: 4, documents: 3 * weighed }
const weights = '{0.1, 0.3, 0.6, 1.0}'
/** Of what begins like a word, the forms that most documents have. */
const mostForms = 16
/** Threes of letters that two words share at least, of all they have: 'freind' and 'friend' share 3 of 11. */
const alikeFrom = 0.2
/** Words that look alike, of which the nearest are chosen by counting mistakes. */
const mostAlike = 100

export const tables: Record<DocumentKind, string> = {
  notification: 'search.notification_document',
  'dead-letter': 'search.dead_letter_document',
  cause: 'search.cause_document',
  recipient: 'search.recipient_document',
  article: 'search.article_document',
}

/** Filters as lexemes: the one index answers words and filters together. No word has an '@'. */
export function marksOf(workspaceId: string, filters: Readonly<Record<string, string>>): string[] {
  return [`@${workspaceId}`, ...Object.entries(filters).map(([name, value]) => markOf(name, value))].sort()
}

function markOf(name: string, value: string): string {
  const mark = `@${name}:${value}`
  // A lexeme has at most 2 kB.
  return Buffer.byteLength(mark) <= 500 ? mark : `@${name}#${createHash('sha256').update(value).digest('base64url')}`
}

/** A lexeme inside a tsquery. */
const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** Whether its beginning tells something. Digits are as they are: the beginning of an order's number is another order. */
const canBegin = (word: string): boolean => /^\p{L}{3,}$/u.test(word)

/** A word from its beginning. */
const begun = (word: string): string => (canBegin(word) ? `${quoted(word)}:*` : quoted(word))

interface Known {
  /** As it stands in documents: itself, and what begins with it. */
  forms: string[]
  /** That have one of its forms. */
  documents: number
}

/** A word of the question: how documents with it are found, and how they are weighed. */
interface Term {
  found: string
  weighed: string
  documents: number
}

/**
 * A word that the vocabulary knows is looked for in its forms, each whole: the index would gather every document of a beginning before it
 * looks at the next word, which takes 100 ms for a word that a million have, and passes over them for a whole word.
 */
function termOf(word: string, known: Known | undefined): Term {
  const found = known ? `(${[...new Set([word, ...known.forms])].map(quoted).join(' | ')})` : begun(word)
  return { found, weighed: begun(word), documents: known?.documents ?? 0 }
}

/** Within a transaction, whose settings it changes. */
export async function searchTable(client: PoolClient, kind: DocumentKind, workspaceId: string, query: IndexQuery): Promise<IndexAnswer> {
  const words = wordsOf(query.text)
  if (words.length === 0) return { hits: [], corrected: {} }
  await client.query(
    `SET LOCAL statement_timeout = ${longestMs}; SET LOCAL jit = off; SET LOCAL pg_trgm.similarity_threshold = ${alikeFrom}`,
  )
  const known = await readForms(client, kind, workspaceId, words)
  const asked = words.map((word) => termOf(word, known.get(word)))
  if (!query.loose) {
    const together = await weigh(client, kind, workspaceId, query, asked, ' & ')
    if (together.length > 0) return { hits: together, corrected: {} }
  }
  const meantBy = await correct(
    client,
    kind,
    workspaceId,
    words.filter((word) => !known.has(word)),
  )
  const terms = words.map((word, i) => {
    const meant = meantBy.get(word)?.map((each) => termOf(each, undefined))
    if (!meant) return asked[i]!
    const either = (part: 'found' | 'weighed'): string => `(${[asked[i]!, ...meant].map((term) => term[part]).join(' | ')})`
    // As rare as it gets: somebody meant it.
    return { found: either('found'), weighed: either('weighed'), documents: 1 }
  })
  const corrected = Object.fromEntries(meantBy)
  if (!query.loose && meantBy.size > 0) {
    const meant = await weigh(client, kind, workspaceId, query, terms, ' & ')
    if (meant.length > 0) return { hits: meant, corrected }
  }
  if (query.strict || (words.length === 1 && !query.loose)) return { hits: [], corrected: {} }
  // Never all together: some of them, the rare ones first.
  const telling = terms.toSorted((a, b) => a.documents - b.documents)
  return { hits: await weigh(client, kind, workspaceId, query, telling, ' | ', fewOf(telling)), corrected }
}

/** The rarest terms, until they have documents enough. */
function fewOf(terms: readonly Term[]): Term[] {
  let documents = 0
  return terms.slice(0, rarest.words).filter((term) => {
    const wanted = documents < rarest.documents
    documents += term.documents
    return wanted
  })
}

/**
 * The best of the newest that match, by how often and how close together the words stand, and where.
 * @param by what has to match; all of the terms where it is not given
 */
async function weigh(
  client: PoolClient,
  kind: DocumentKind,
  workspaceId: string,
  query: IndexQuery,
  terms: readonly Term[],
  operator: ' & ' | ' | ',
  by = terms,
): Promise<IndexHit[]> {
  const marks = marksOf(workspaceId, query.filters).map(quoted).join(' & ')
  const matching = by.map((term) => term.found).join(operator)
  const ranked = terms.map((term) => term.weighed).join(operator)
  const { rows } = await client.query<IndexHit>(
    `SELECT id, ts_rank_cd('${weights}', words, $3::tsquery, 1)::float8 AS score FROM (
       SELECT id, words, at FROM ${tables[kind]}
       WHERE workspace_id = $1 AND words @@ $2::tsquery AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
         AND ($7::text[] IS NULL OR id = ANY($7))
       ORDER BY at DESC LIMIT greatest(${weighed}, $6::int)
     ) newest ORDER BY score DESC, at DESC, id LIMIT $6::int`,
    [workspaceId, `${marks} & (${matching})`, ranked, query.from ?? null, query.to ?? null, query.limit, query.among ?? null],
  )
  return rows
}

/** Those of the words that stand in documents, or begin what does. */
async function readForms(
  client: PoolClient,
  kind: DocumentKind,
  workspaceId: string,
  words: readonly string[],
): Promise<Map<string, Known>> {
  const { rows } = await client.query<Known & { word: string }>(
    `SELECT q.word, array_agg(f.word) AS forms, sum(f.documents)::int AS documents FROM unnest($3::text[]) AS q(word) CROSS JOIN LATERAL (
       SELECT w.word, w.documents FROM search.word w
       WHERE w.workspace_id = $1 AND w.kind = $2 AND w.documents > 0 AND w.word >= q.word AND w.word < q.word || chr(1114111)
       ORDER BY w.documents DESC LIMIT ${mostForms}
     ) f GROUP BY q.word`,
    [workspaceId, kind, words.filter(canBegin)],
  )
  return new Map(rows.map(({ word, ...known }) => [word, known]))
}

/** For words that nobody uses, those that look like them. */
async function correct(
  client: PoolClient,
  kind: DocumentKind,
  workspaceId: string,
  unknown: readonly string[],
): Promise<Map<string, string[]>> {
  const corrected = new Map<string, string[]>()
  for (const word of unknown.filter(canBeMisspelt)) {
    const { rows } = await client.query<{ word: string }>(
      `SELECT word FROM search.word WHERE workspace_id = $1 AND kind = $2 AND documents > 0 AND word % $3
       ORDER BY similarity(word, $3) DESC, documents DESC LIMIT ${mostAlike}`,
      [workspaceId, kind, word],
    )
    const nearest = nearestWords(
      word,
      rows.map((row) => row.word),
    )
    if (nearest.length > 0) corrected.set(word, nearest)
  }
  return corrected
}
