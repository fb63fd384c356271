// Search with a full house. Postgres: 1,000,000 notifications in the index, asked over HTTP one after the other. Weaviate: as many as fit
// in 8 GB, at most 1,000,000 and as far as they go in within 25 minutes, asked through the port. Short runs (--seconds below 5) take small houses.
import { createEmbedder } from '#platform/embedder/index.ts'
import { createPool } from '#platform/postgres/index.ts'
import {
  createPostgresIndex,
  createWeaviateIndex,
  type IndexDocument,
  type IndexQuery,
  type SearchIndex,
} from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { startWeaviate } from '../../tests/support/real-servers.ts'
import { startEmbedder } from '../../tools/servers/embedder.ts'
import type { Bench } from '../bench.ts'
import { ms, perSecond } from '../figures.ts'
import { residentMegabytes } from '../process-usage.ts'
import { readFixture } from '../relevance/fixture.ts'
import { randomWord, seedDocuments, wordOf, wordsEach } from '../seed-documents.ts'
import { seedNotifications } from '../seed-rows.ts'

const budgetMs = 50
const rounds = 40
const warmUp = 5
/** Documents that are put together, and batches on their way into Weaviate at once. */
const batch = 200
const writers = 3
const loadingMinutes = 25
const mostMegabytes = 8_192

/** Two letters changed places. */
const mistaken = (word: string): string => word.slice(0, 2) + word[3]! + word[2]! + word.slice(4)

const questions: Record<string, string> = {
  'a word that few have': `q=${wordOf(19_876)}`,
  'a word that nearly all have': `q=${wordOf(1)}`,
  'a word that one in a hundred has': `q=${wordOf(250)}`,
  'two common words': `q=${wordOf(1)}+${wordOf(2)}`,
  'a common and a rare word': `q=${wordOf(1)}+${wordOf(15_000)}`,
  'words that never stand together': `q=${wordOf(19_991)}+${wordOf(19_992)}+${wordOf(19_993)}`,
  'a sentence of which nothing has all': `q=${[1, 3, 20, 150, 900, 4_000, 12_000, 19_000].map(wordOf).join('+')}`,
  'a word that nobody uses': 'q=qqqqqqwx',
  'a word with a mistake': `q=${mistaken(wordOf(99))}`,
  'a common word and one with a mistake': `q=${wordOf(1)}+${mistaken(wordOf(7_000))}`,
  'the beginning of a word': `q=${wordOf(99).slice(0, 3)}`,
  'a common word of one recipient': `q=${wordOf(1)}&recipient=u42`,
  'a common word of one workflow': `q=${wordOf(1)}&workflow=bench-7`,
  'a common word on a channel, of an hour': `q=${wordOf(1)}&channel=email&from={from}`,
  'a common word, of an hour yesterday': `q=${wordOf(1)}&from={yesterday}&to={later}`,
  'a rare word of an hour': `q=${wordOf(15_000)}&from={from}`,
  'a common word on a channel that nothing uses': `q=${wordOf(1)}&channel=in-app`,
  'a common word of dead ones': `q=${wordOf(1)}&state=dead`,
  'a rare word of dead ones': `q=${wordOf(15_000)}&state=dead`,
}

const hourMs = 3_600_000
const moment = (hoursAgo: number): string => new Date(Date.now() - hoursAgo * hourMs).toISOString()

export async function search(bench: Bench): Promise<void> {
  const documents = bench.seconds < 5 ? 20_000 : 1_000_000
  const pool = createPool({ url: bench.databaseUrl, max: 2, applicationName: 'bench-seed' })
  const workspaceId = (await pool.query("SELECT id FROM workspace WHERE key = 'production'")).rows[0].id as string
  bench.say(`seeding ${documents} notifications with their documents ...`)
  await seedNotifications(pool, workspaceId, documents)
  await seedDocuments(pool, workspaceId)
  // Else the database does it by itself, while it is asked.
  await pool.query('VACUUM ANALYZE event, notification, delivery')
  bench.say('asking ...')
  const results: Record<string, { p50: number; p95: number; found: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const path = `/notifications/search?${question.replace('{from}', moment(1)).replace('{yesterday}', moment(24)).replace('{later}', moment(23))}`
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
  const rate = await indexRate(createPostgresIndex({ pool }), newUuid(), 4_000)
  bench.figures.push({ row: '  indexed, by one worker', figure: perSecond(rate) })
  await pool.end()
}

/**
 * Vectors of texts by the model are what takes long on two cores: those of the judged texts are real, all others lie near one of them. Random
 * ones would all be equally far from each other, which no texts are, and which no index of vectors is made for.
 */
async function embedJudged(bench: Bench): Promise<{ texts: number[][]; queries: number[][] }> {
  const { documents, queries } = readFixture()
  const service = await startEmbedder({ say: bench.say })
  try {
    const embedder = createEmbedder({ url: service.url })
    const of = (texts: string[]): Promise<number[][]> => embedder.embed(texts, { timeoutMs: 120_000 })
    return {
      texts: await of(documents.map(({ title, text }) => `${title}\n${text}`)),
      queries: await of(queries.map(({ query }) => query)),
    }
  } finally {
    await service.stop()
  }
}

/** About 0.8 alike (cosine). */
function near(vector: readonly number[]): number[] {
  const amplitude = 1.3 / Math.sqrt(vector.length)
  return vector.map((value) => value + amplitude * (2 * Math.random() - 1))
}

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!

export async function searchWeaviate(bench: Bench): Promise<void> {
  const wanted = bench.seconds < 5 ? 2_000 : 1_000_000
  const judged = await embedJudged(bench)
  const server = await startWeaviate()
  const index = createWeaviateIndex(server)
  try {
    await index.prepare()
    const workspaceId = newUuid()
    bench.say(`putting at most ${wanted} documents with vectors into Weaviate, for at most ${loadingMinutes} minutes ...`)
    const deadline = performance.now() + loadingMinutes * 60_000
    let count = 0
    const startedAt = performance.now()
    const writer = async (): Promise<void> => {
      while (count < wanted && performance.now() < deadline && residentMegabytes(server.pid()) < mostMegabytes) {
        count += batch
        await putBatch(index, workspaceId, () => near(pick(judged.texts)))
      }
    }
    await Promise.all(Array.from({ length: writers }, writer))
    const thousands = Math.round(count / 1_000)
    bench.figures.push({
      row: `Weaviate: ${thousands}k documents put, ${judged.texts.length} real vectors and others near them`,
      figure: `${perSecond((count / (performance.now() - startedAt)) * 1_000)}, ${Math.round(residentMegabytes(server.pid()))} MB resident`,
    })
    for (const [name, ask] of Object.entries(weaviateQuestions)) {
      const { p50, p95, found } = await times(async () => {
        const query = { vector: pick(judged.queries), filters: {}, limit: 20, ...ask() }
        return (await index.search('notification', workspaceId, query)).hits.length
      })
      bench.figures.push({
        row: `  ${name}`,
        figure: `p50 ${ms(p50)}, p95 ${ms(p95)}, ${found} found`,
        budget: `p95 <= ${budgetMs} ms`,
        ok: p95 <= budgetMs,
      })
    }
  } finally {
    await index.close()
    await server.stop()
  }
}

type Question = Pick<IndexQuery, 'mode' | 'text'> & Partial<IndexQuery>
const someWords = (): string => `${randomWord()} ${randomWord()}`
const weaviateQuestions: Record<string, () => Question> = {
  'by words, two as often as they are written': () => ({ mode: 'words', text: someWords() }),
  'by words, a common one': () => ({ mode: 'words', text: wordOf(1) }),
  'by words, one with a mistake': () => ({ mode: 'words', text: mistaken(wordOf(99)) }),
  'by words, a common one of one recipient': () => ({ mode: 'words', text: wordOf(1), filters: { recipient: 'u42' } }),
  'by words, of an hour': () => ({ mode: 'words', text: wordOf(1), from: new Date(Date.now() - hourMs) }),
  'by meaning': () => ({ mode: 'meaning', text: someWords() }),
  'by meaning, of one recipient': () => ({ mode: 'meaning', text: someWords(), filters: { recipient: 'u42' } }),
  'by both': () => ({ mode: 'hybrid', text: someWords() }),
  'by both, on a channel': () => ({ mode: 'hybrid', text: someWords(), filters: { channel: 'email' } }),
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
async function indexRate(index: SearchIndex, workspaceId: string, count: number): Promise<number> {
  const startedAt = performance.now()
  for (let done = 0; done < count; done += batch) await putBatch(index, workspaceId)
  return (count / (performance.now() - startedAt)) * 1_000
}

async function putBatch(index: SearchIndex, workspaceId: string, vector?: () => number[]): Promise<void> {
  const documents = Array.from({ length: batch }, () => randomDocument(vector?.()))
  const refused = await index.put('notification', workspaceId, documents)
  if (refused.length > 0) throw new Error(`The index refused a document: ${refused[0]!.reason}`)
}

/** Of one of 5,000 recipients, within two days, as the seeded notifications are. */
function randomDocument(vector: number[] | undefined): IndexDocument {
  const recipient = `u${Math.floor(5_000 * Math.random())}`
  return {
    id: newUuid(),
    title: `${randomWord()} ${randomWord()} ${randomWord()}`,
    body: Array.from({ length: wordsEach }, randomWord).join(' '),
    names: `${recipient} ${recipient}@example.com`,
    filters: { channel: 'email', recipient, workflow: 'bench' },
    at: new Date(Date.now() - 48 * hourMs * Math.random()),
    fingerprint: 'bench',
    vector,
  }
}
