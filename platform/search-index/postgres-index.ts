// The index in Postgres itself: words with their weights (tsvector), spelling by a vocabulary (pg_trgm). By words only.
import { isUnavailable, sqlState, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { marksOf, searchTable, tables } from './postgres-search.ts'
import { IndexUnavailable, type DocumentKind, type IndexDocument, type Refused, type SearchIndex } from './search-index.ts'

const tookTooLong = '57014'

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

    search: (kind, workspaceId, query) => guarded(() => transaction(pool, (client) => searchTable(client, kind, workspaceId, query))),

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

/** A word that counts in the vocabulary: letters alone. */
const isWord = "lexeme ~ '^[[:alpha:]]{3,24}$'"

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
