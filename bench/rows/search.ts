// Search with a full house. Postgres: 1,000,000 notifications in the index, asked over HTTP one after the other. Weaviate: as many as go in
// in a few minutes, with vectors of the embedder's length, asked through the port. Short runs (--seconds below 5) take small houses.
import { createPool, type Pool } from '#platform/postgres/index.ts'
import { createPostgresIndex, createWeaviateIndex, type IndexDocument, type SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { startWeaviate } from '../../tests/support/real-servers.ts'
import type { Bench } from '../bench.ts'
import { ms, perSecond } from '../figures.ts'
import { seedNotifications } from '../seed-rows.ts'

const budgetMs = 50
const vocabulary = 20_000
const wordsEach = 24
const rounds = 40
const warmUp = 5
/** As all-MiniLM-L6-v2 makes them. */
const dimensions = 384

const questions: Record<string, string> = {
  'a word that few have': 'q=word19876',
  'a word that half of them have': 'q=word1',
  'two common words': 'q=word1+word2',
  'a common and a rare word': 'q=word1+word15000',
  'words that never stand together': 'q=word19991+word19992+word19993',
  'a word with a mistake': 'q=wrdonenine',
  'a common word of one recipient': 'q=word1&recipient=u42',
  'a common word on a channel, of an hour': 'q=word1&channel=email&from={from}',
  'a common word of dead ones': 'q=word1&state=dead',
}

/** The n-th word is met about 1/n as often as the first: as in texts that people write. */
const wordSql = `'word' || (1 + floor(power(${vocabulary}::float8, random()) - 1))::int`

async function seedDocuments(pool: Pool, workspaceId: string): Promise<void> {
  // `n` keeps the planner from making one text for all.
  await pool.query(
    `INSERT INTO search.notification_document (workspace_id, id, words, at, fingerprint)
     SELECT n.workspace_id, n.id::text,
       setweight(search.words_of(n.subject), 'A')
         || setweight(to_tsvector('simple', (SELECT string_agg(${wordSql}, ' ') FROM generate_series(1, ${wordsEach}) WHERE n.id IS NOT NULL)), 'B')
         || array_to_tsvector(ARRAY['@' || n.workspace_id, '@channel:' || n.channel, '@recipient:' || n.recipient_id, '@workflow:' || n.workflow_key]),
       to_timestamp(('x' || left(replace(n.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'bench'
     FROM notification n WHERE n.workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO search.word (workspace_id, kind, word, documents)
     SELECT $1, 'notification', 'word' || translate(n::text, '0123456789', 'abcdefghij'), 10 FROM generate_series(1, ${vocabulary}) n ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query('VACUUM ANALYZE search.notification_document')
  await pool.query('ANALYZE search.word')
}

export async function search(bench: Bench): Promise<void> {
  const documents = bench.seconds < 5 ? 20_000 : 1_000_000
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-seed' })
  const workspaceId = (await pool.query("SELECT id FROM workspace WHERE key = 'production'")).rows[0].id as string
  bench.say(`seeding ${documents} notifications with their documents ...`)
  await seedNotifications(pool, workspaceId, documents)
  await seedDocuments(pool, workspaceId)
  const results: Record<string, { p50: number; p95: number; found: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const path = `/notifications/search?${question.replace('{from}', new Date(Date.now() - 3_600_000).toISOString())}`
    results[name] = await times(async () => {
      const { status, body } = await bench.product.api('GET', path)
      if (status !== 200) throw new Error(`${path} answered ${status}`)
      return (body.items as unknown[]).length
    })
  }
  bench.details.search = results
  const slowest = Object.entries(results).sort(([, one], [, other]) => other.p95 - one.p95)
  for (const [i, [name, { p50, p95, found }]] of slowest.entries())
    bench.figures.push({
      row: i === 0 ? `search in ${documents / 1_000}k documents: ${name}` : `  ${name}`,
      figure: `p50 ${ms(p50)}, p95 ${ms(p95)}, ${found} found`,
      budget: `p95 <= ${budgetMs} ms`,
      ok: p95 <= budgetMs,
    })
  const rate = await indexRate(createPostgresIndex({ pool }), newUuid(), 4_000, false)
  bench.figures.push({ row: '  indexed, by one worker', figure: perSecond(rate) })
  await pool.end()
}

export async function searchWeaviate(bench: Bench): Promise<void> {
  const documents = bench.seconds < 5 ? 2_000 : 100_000
  const server = await startWeaviate()
  const index = createWeaviateIndex(server)
  try {
    await index.prepare()
    const workspaceId = newUuid()
    bench.say(`putting ${documents} documents with vectors into Weaviate ...`)
    const rate = await indexRate(index, workspaceId, documents, true)
    bench.figures.push({ row: `Weaviate: ${documents / 1_000}k documents indexed`, figure: perSecond(rate) })
    for (const mode of ['words', 'meaning', 'hybrid'] as const) {
      const { p50, p95 } = await times(async () => {
        const text = `${randomWord()} ${randomWord()}`
        return (await index.search('notification', workspaceId, { mode, text, vector: randomVector(), filters: {}, limit: 20 })).hits.length
      })
      bench.figures.push({
        row: `  by ${mode}`,
        figure: `p50 ${ms(p50)}, p95 ${ms(p95)}`,
        budget: `p95 <= ${budgetMs} ms`,
        ok: p95 <= budgetMs,
      })
    }
  } finally {
    await index.close()
    await server.stop()
  }
}

async function times(ask: () => Promise<number>): Promise<{ p50: number; p95: number; found: number }> {
  const took: number[] = []
  let found = 0
  for (let n = 0; n < rounds + warmUp; n++) {
    const startedAt = performance.now()
    found = await ask()
    if (n >= warmUp) took.push(performance.now() - startedAt)
  }
  took.sort((one, other) => one - other)
  return { p50: took[Math.floor(took.length * 0.5)]!, p95: took[Math.floor(took.length * 0.95)]!, found }
}

/** Documents a second, in batches as the index worker makes them. */
async function indexRate(index: SearchIndex, workspaceId: string, count: number, vectors: boolean): Promise<number> {
  const startedAt = performance.now()
  for (let done = 0; done < count; done += 200) {
    const documents = Array.from({ length: Math.min(200, count - done) }, () => randomDocument(vectors))
    const refused = await index.put('notification', workspaceId, documents)
    if (refused.length > 0) throw new Error(`The index refused a document: ${refused[0]!.reason}`)
  }
  return (count / (performance.now() - startedAt)) * 1_000
}

const randomWord = (): string => `word${Math.floor(vocabulary ** Math.random())}`
const randomVector = (): number[] => Array.from({ length: dimensions }, () => Math.random() - 0.5)

function randomDocument(vectors: boolean): IndexDocument {
  return {
    id: newUuid(),
    title: `${randomWord()} ${randomWord()} ${randomWord()}`,
    body: Array.from({ length: wordsEach }, randomWord).join(' '),
    names: 'u42 u42@example.com',
    filters: { channel: 'email', recipient: 'u42', workflow: 'bench' },
    at: new Date(),
    fingerprint: 'bench',
    ...(vectors ? { vector: randomVector() } : {}),
  }
}
