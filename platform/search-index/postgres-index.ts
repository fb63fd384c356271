// The index in Postgres itself: words with their weights (tsvector), spelling by a vocabulary (pg_trgm). By words only.
import { createHash } from 'node:crypto'
import { isUnavailable, sqlState, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { canBeMisspelt, nearestWords, wordsOf } from './query-words.rules.ts'
import {
  IndexUnavailable,
  type DocumentKind,
  type IndexDocument,
  type IndexAnswer,
  type IndexQuery,
  type Refused,
  type SearchIndex,
} from './search-index.ts'

/** Of everything that matches, the newest this many are weighed against each other. */
const weighed = 500
/** A search that takes longer than this is given up: it must not keep a connection from others. */
const longestMs = 3_000
const tookTooLong = '57014'
/** Of a question whose words never stand together, the rarest this many decide what is looked at. */
const rarest = 4
const weights = '{0.1, 0.3, 0.6, 1.0}'

const tables: Record<DocumentKind, string> = {
  notification: 'search.notification_document',
  'dead-letter': 'search.dead_letter_document',
  cause: 'search.cause_document',
  recipient: 'search.recipient_document',
  article: 'search.article_document',
}

export function createPostgresIndex({ pool }: { pool: Pool }): SearchIndex {
  /** Runs a statement; what says that Postgres is away becomes IndexUnavailable. */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isUnavailable(error) || sqlState(error) === tookTooLong) throw new IndexUnavailable('postgres', error)
      throw error
    }
  }

  return {
    name: 'postgres',
    byMeaning: false,
    // Its tables come with the migrations, which also ask for what stood there before.
    prepare: () => Promise.resolve(false),

    put: putSome,

    async remove(kind, workspaceId, ids) {
      if (ids.length === 0) return
      await guarded(() =>
        transaction(pool, async (client) => {
          await lockVocabulary(client, workspaceId)
          await client.query(
            `WITH gone AS (DELETE FROM ${tables[kind]} WHERE workspace_id = $1 AND id = ANY($3::text[]) RETURNING words),
               ${forgetWords('SELECT words FROM gone')} SELECT FROM forgotten`,
            [workspaceId, kind, ids],
          )
          await dropUnused(client, workspaceId, kind)
        }),
      )
    },

    search: (kind, workspaceId, query) => guarded(() => search(pool, kind, workspaceId, query)),

    async fingerprints(kind, workspaceId, ids) {
      const { rows } = await guarded(() =>
        pool.query<{ id: string; fingerprint: string }>(
          `SELECT id, fingerprint FROM ${tables[kind]} WHERE workspace_id = $1 AND id = ANY($2::text[])`,
          [workspaceId, ids],
        ),
      )
      return new Map(rows.map((row) => [row.id, row.fingerprint]))
    },

    async scan(kind, workspaceId, after, limit) {
      const { rows } = await guarded(() =>
        pool.query<{ id: string }>(`SELECT id FROM ${tables[kind]} WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3`, [
          workspaceId,
          after ?? '',
          limit,
        ]),
      )
      return { ids: rows.map((row) => row.id), next: rows.length < limit ? null : rows.at(-1)!.id }
    },

    async workspaces(kind) {
      const { rows } = await guarded(() =>
        pool.query<{ id: string }>(
          `WITH RECURSIVE w AS (
             (SELECT workspace_id AS id FROM ${tables[kind]} ORDER BY workspace_id LIMIT 1)
             UNION ALL
             SELECT (SELECT d.workspace_id FROM ${tables[kind]} d WHERE d.workspace_id > w.id ORDER BY d.workspace_id LIMIT 1) FROM w WHERE w.id IS NOT NULL
           ) SELECT id FROM w WHERE id IS NOT NULL`,
        ),
      )
      return rows.map((row) => row.id)
    },

    // In place: a document is replaced by its like in one statement, so that a search never misses it.
    beginRebuild: (kind) =>
      Promise.resolve({
        put: (workspaceId: string, documents: readonly IndexDocument[]) => putSome(kind, workspaceId, documents),
        finish: async () => {
          await guarded(() => pool.query(`ANALYZE ${tables[kind]}`))
        },
        abort: () => Promise.resolve(),
      }),

    async ping() {
      await guarded(() => pool.query('SELECT 1'))
    },
    close: () => Promise.resolve(),
  }

  async function putSome(kind: DocumentKind, workspaceId: string, documents: readonly IndexDocument[]): Promise<Refused[]> {
    if (documents.length > 0) await guarded(() => transaction(pool, (client) => putAll(client, kind, workspaceId, documents)))
    return []
  }
}

/** A word that counts in the vocabulary: as `canBeMisspelt` says it. */
const isWord = "lexeme ~ '^[[:alpha:]]{4,24}$'"

/** Takes the words of these vectors off the vocabulary. $1 workspace, $2 kind. */
const forgetWords = (vectors: string): string => `forgotten AS (
  UPDATE search.word w SET documents = w.documents - g.n
  FROM (SELECT lexeme, count(*)::int AS n FROM (${vectors}) v CROSS JOIN LATERAL unnest(v.words) u WHERE ${isWord} GROUP BY 1) g
  WHERE w.workspace_id = $1 AND w.kind = $2 AND w.word = g.lexeme RETURNING 1
)`

/** One writer of a vocabulary at a time: its counts come from what was there before. */
async function lockVocabulary(client: PoolClient, workspaceId: string): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('search ' || $1, 0))", [workspaceId])
}

async function dropUnused(client: PoolClient, workspaceId: string, kind: string): Promise<void> {
  await client.query('DELETE FROM search.word WHERE workspace_id = $1 AND kind = $2 AND documents <= 0', [workspaceId, kind])
}

async function putAll(client: PoolClient, kind: DocumentKind, workspaceId: string, documents: readonly IndexDocument[]): Promise<void> {
  await lockVocabulary(client, workspaceId)
  const sorted = [...new Map(documents.map((document) => [document.id, document])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const { rows } = await client.query<{ replaced: number }>(
    `WITH given AS MATERIALIZED (
       SELECT g.id, g.at, g.fingerprint,
         setweight(search.words_of(g.title), 'A') || setweight(search.words_of(g.body), 'B') || setweight(search.words_of(g.names), 'D')
           || array_to_tsvector(string_to_array(g.marks, E'\\x1f')) AS words
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[]) AS g(id, title, body, names, marks, at, fingerprint)
       WHERE NOT EXISTS (SELECT FROM ${tables[kind]} d WHERE d.workspace_id = $1 AND d.id = g.id AND d.fingerprint = g.fingerprint)
     ), before AS MATERIALIZED (
       SELECT d.words FROM ${tables[kind]} d WHERE d.workspace_id = $1 AND d.id = ANY(ARRAY(SELECT id FROM given))
     ), counted AS (
       SELECT lexeme, sum(n)::int AS n FROM (
         SELECT lexeme, 1 AS n FROM given CROSS JOIN LATERAL unnest(given.words) u WHERE ${isWord}
         UNION ALL SELECT lexeme, -1 FROM before CROSS JOIN LATERAL unnest(before.words) u WHERE ${isWord}
       ) both_sides GROUP BY lexeme HAVING sum(n) <> 0
     ), vocabulary AS (
       INSERT INTO search.word AS w (workspace_id, kind, word, documents) SELECT $1, $2, lexeme, n FROM counted ORDER BY lexeme
       ON CONFLICT (workspace_id, kind, word) DO UPDATE SET documents = w.documents + EXCLUDED.documents
     ), written AS (
       INSERT INTO ${tables[kind]} (workspace_id, id, words, at, fingerprint) SELECT $1, id, words, at, fingerprint FROM given
       ON CONFLICT (workspace_id, id) DO UPDATE SET words = EXCLUDED.words, at = EXCLUDED.at, fingerprint = EXCLUDED.fingerprint
     ) SELECT count(*)::int AS replaced FROM before`,
    [
      workspaceId,
      kind,
      sorted.map((document) => document.id),
      sorted.map((document) => document.title),
      sorted.map((document) => document.body),
      sorted.map((document) => document.names),
      sorted.map((document) => marksOf(workspaceId, document.filters).join('\u001f')),
      sorted.map((document) => document.at),
      sorted.map((document) => document.fingerprint),
    ],
  )
  if (rows[0]!.replaced > 0) await dropUnused(client, workspaceId, kind)
}

/** Filters as lexemes: the one index answers words and filters together. No word has an '@'. */
function marksOf(workspaceId: string, filters: Readonly<Record<string, string>>): string[] {
  return [`@${workspaceId}`, ...Object.entries(filters).map(([name, value]) => markOf(name, value))].sort()
}

function markOf(name: string, value: string): string {
  const mark = `@${name}:${value}`
  // A lexeme has at most 2 kB.
  return Buffer.byteLength(mark) <= 500 ? mark : `@${name}#${createHash('sha256').update(value).digest('base64url')}`
}

/** A lexeme inside a tsquery. */
const quoted = (lexeme: string): string => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** A word from its beginning, where that tells something; digits as they are: a prefix of an order's number is another order. */
const term = (word: string): string => (word.length >= 3 && /^\p{L}+$/u.test(word) ? `${quoted(word)}:*` : quoted(word))

async function search(pool: Pool, kind: DocumentKind, workspaceId: string, query: IndexQuery): Promise<IndexAnswer> {
  const words = wordsOf(query.text)
  if (words.length === 0) return { hits: [], corrected: {} }
  return transaction(pool, async (client) => {
    await client.query(`SET LOCAL statement_timeout = ${longestMs}; SET LOCAL jit = off`)
    if (!query.loose) {
      const together = await weigh(client, kind, workspaceId, query, words.map(term).join(' & '))
      if (together.length > 0 || (query.offset ?? 0) > 0) return { hits: together, corrected: {} }
    }
    const { known, corrected } = await readVocabulary(client, kind, workspaceId, words)
    const terms = words.map((word) => ({
      // What was corrected is as rare as it gets: somebody meant it.
      documents: corrected[word] ? 1 : (known.get(word) ?? 0),
      text: corrected[word] ? `(${[word, ...corrected[word]].map(term).join(' | ')})` : term(word),
    }))
    if (!query.loose && Object.keys(corrected).length > 0) {
      const meant = await weigh(client, kind, workspaceId, query, terms.map(({ text }) => text).join(' & '))
      if (meant.length > 0) return { hits: meant, corrected }
    }
    if (query.strict || (words.length === 1 && !query.loose)) return { hits: [], corrected: {} }
    // Never all together: some of them, the rare ones first.
    const telling = terms.toSorted((a, b) => a.documents - b.documents)
    const any = telling
      .slice(0, rarest)
      .map(({ text }) => text)
      .join(' | ')
    const hits = await weigh(client, kind, workspaceId, query, any, telling.map(({ text }) => text).join(' | '))
    return { hits, corrected }
  })
}

/** The best of the newest that match, by how often and how close together the words stand, and where. */
async function weigh(client: PoolClient, kind: DocumentKind, workspaceId: string, query: IndexQuery, words: string, ranked = words) {
  const marks = marksOf(workspaceId, query.filters).map(quoted).join(' & ')
  const { rows } = await client.query<{ id: string; score: number }>(
    `SELECT id, ts_rank_cd('${weights}', words, $3::tsquery, 1)::float8 AS score FROM (
       SELECT id, words, at FROM ${tables[kind]}
       WHERE workspace_id = $1 AND words @@ $2::tsquery AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
       ORDER BY at DESC LIMIT greatest(${weighed}, $6::int + $7::int)
     ) newest ORDER BY score DESC, at DESC, id LIMIT $6::int OFFSET $7::int`,
    [workspaceId, `${marks} & (${words})`, ranked, query.from ?? null, query.to ?? null, query.limit, query.offset ?? 0],
  )
  return rows
}

/** How many documents have each word, and for words that nobody uses those that look like them. */
async function readVocabulary(
  client: PoolClient,
  kind: DocumentKind,
  workspaceId: string,
  words: readonly string[],
): Promise<{ known: Map<string, number>; corrected: Record<string, string[]> }> {
  const { rows } = await client.query<{ word: string; documents: number }>(
    `SELECT q.word, (SELECT sum(n.documents)::int FROM (SELECT documents FROM search.word w WHERE w.workspace_id = $1 AND w.kind = $2
       AND w.word >= q.word AND w.word < q.word || chr(1114111) LIMIT 100) n) AS documents FROM unnest($3::text[]) AS q(word)`,
    [workspaceId, kind, words],
  )
  const known = new Map(rows.filter((row) => row.documents > 0).map((row) => [row.word, row.documents]))
  const corrected: Record<string, string[]> = {}
  for (const word of words.filter((each) => canBeMisspelt(each) && !known.has(each))) {
    const { rows: alike } = await client.query<{ word: string }>(
      `SELECT word FROM search.word WHERE workspace_id = $1 AND kind = $2 AND documents > 0 AND word % $3
       ORDER BY similarity(word, $3) DESC, documents DESC LIMIT 20`,
      [workspaceId, kind, word],
    )
    const nearest = nearestWords(
      word,
      alike.map((row) => row.word),
    )
    if (nearest.length > 0) corrected[word] = nearest
  }
  return { known, corrected }
}
