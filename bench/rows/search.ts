// Search with a full house. Postgres: 1,000,000 notifications in the index, asked over HTTP one after the other. Weaviate: as many as go in
// in a few minutes, with vectors of the embedder's length, asked through the port. Short runs (--seconds below 5) take small houses.
import { createPool } from '#platform/postgres/index.ts'
import { createPostgresIndex, createWeaviateIndex, type IndexDocument, type SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { startWeaviate } from '../../tests/support/real-servers.ts'
import type { Bench } from '../bench.ts'
import { ms, perSecond } from '../figures.ts'
import { randomWord, seedDocuments, wordOf, wordsEach } from '../seed-documents.ts'
import { seedNotifications } from '../seed-rows.ts'

const budgetMs = 50
const rounds = 40
const warmUp = 5
/** As all-MiniLM-L6-v2 makes them. */
const dimensions = 384

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
