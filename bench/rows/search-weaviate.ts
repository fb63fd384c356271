// Search in Weaviate with as many documents as fit in 8 GB and go in within 60 minutes, asked through the port, and how many of the nearest
// it finds. Short runs (--seconds below 5) put 2,000.
import { setTimeout as wait } from 'node:timers/promises'
import { createWeaviateIndex, type IndexQuery, type SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { startWeaviate } from '../../tests/support/real-servers.ts'
import { askTimes, searchBudgetMs } from '../ask-times.ts'
import type { Bench } from '../bench.ts'
import { createExactNearest, type ExactNearest } from '../exact-nearest.ts'
import { mean, ms, perSecond } from '../figures.ts'
import { cpuSeconds, residentMegabytes } from '../process-usage.ts'
import { embedFixture, type FixtureVectors } from '../relevance/embed-fixture.ts'
import { misspelt, putAll, randomDocument, randomWord, wordOf } from '../seed-documents.ts'

/** Documents that are put together, and batches on their way at once. */
const batch = 200
const writers = 3
const loadingMinutes = 60
const mostMegabytes = 8_192
/** Of the nearest by meaning, that the share which is found is of. */
const nearestLooked = 10
/** A server that does less than this, in cores, is at rest. */
const restingCores = 0.05
const restingLookMs = 5_000
const mostRestingMinutes = 15

/**
 * About 0.8 alike (cosine), with as many digits as the service answers. Vectors of texts by the model are what takes long on two cores:
 * those of the judged texts are real, all others lie near one of them. Random ones would all be equally far from each other, which no
 * texts are, and which no index of vectors is made for.
 */
function near(vector: readonly number[]): number[] {
  const amplitude = 1.3 / Math.sqrt(vector.length)
  return vector.map((value) => Number((value + amplitude * (2 * Math.random() - 1)).toFixed(8)))
}

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!

export async function searchWeaviate(bench: Bench): Promise<void> {
  const judged = await embedFixture(bench.say)
  const server = await startWeaviate()
  const index = createWeaviateIndex(server)
  try {
    await index.prepare()
    const workspaceId = newUuid()
    const exact = createExactNearest(judged.queries, nearestLooked)
    const { count, rate, megabytes } = await load(bench, { index, workspaceId, judged, exact, pid: server.pid() })
    bench.figures.push({
      row: `Weaviate: ${Math.round(count / 1_000)}k documents put, ${judged.documents.length} real vectors and others near them`,
      figure: `${perSecond(rate)}, ${Math.round(megabytes)} MB resident`,
    })
    // Else it puts its files together while it is asked.
    await untilAtRest(bench, server.pid())
    bench.say(`asking; ${Math.round(residentMegabytes(server.pid()))} MB resident at rest ...`)
    for (const [name, ask] of Object.entries(questions)) {
      const { p50, p95, found } = await askTimes(async () => {
        const query = { vector: pick(judged.queries), filters: {}, limit: 20, ...ask() }
        return (await index.search('notification', workspaceId, query)).hits.length
      })
      bench.figures.push({
        row: `  ${name}`,
        figure: `p50 ${ms(p50)}, p95 ${ms(p95)}, ${found} found`,
        budget: `p95 <= ${searchBudgetMs} ms`,
        ok: p95 <= searchBudgetMs,
      })
    }
    bench.figures.push({
      row: `  of the ${nearestLooked} nearest by meaning`,
      figure: `${Math.round(100 * (await shareFound(index, workspaceId, judged.queries, exact)))}% found`,
      beside: 'all, looked at one by one',
    })
  } finally {
    await index.close()
    await server.stop()
  }
}

interface Loading {
  index: SearchIndex
  workspaceId: string
  judged: FixtureVectors
  exact: ExactNearest
  pid: number
}

/** Until the server is full, or the time is over. */
async function load(
  bench: Bench,
  { index, workspaceId, judged, exact, pid }: Loading,
): Promise<{ count: number; rate: number; megabytes: number }> {
  const most = bench.seconds < 5 ? 2_000 : Infinity
  bench.say(`putting documents with vectors into Weaviate, ${mostMegabytes} MB of them, for at most ${loadingMinutes} minutes ...`)
  let count = 0
  let saidAt = 0
  const startedAt = performance.now()
  const deadline = startedAt + loadingMinutes * 60_000
  const writer = async (): Promise<void> => {
    while (count < most && performance.now() < deadline && residentMegabytes(pid) < mostMegabytes) {
      count += batch
      const documents = Array.from({ length: batch }, () => randomDocument(near(pick(judged.documents))))
      for (const { id, vector } of documents) exact.add(id, vector!)
      await putAll(index, workspaceId, documents)
      if (count - saidAt >= 100_000) bench.say(`${(saidAt = count)} documents, ${Math.round(residentMegabytes(pid))} MB`)
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return { count, rate: (count / (performance.now() - startedAt)) * 1_000, megabytes: residentMegabytes(pid) }
}

async function untilAtRest(bench: Bench, pid: number): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    const before = cpuSeconds(pid)
    await wait(restingLookMs)
    const minutes = (performance.now() - startedAt) / 60_000
    if ((cpuSeconds(pid) - before) / (restingLookMs / 1_000) < restingCores) return bench.say(`at rest after ${minutes.toFixed(1)} minutes`)
    if (minutes > mostRestingMinutes) return bench.say(`not at rest after ${mostRestingMinutes} minutes`)
  }
}

async function shareFound(index: SearchIndex, workspaceId: string, queries: number[][], exact: ExactNearest): Promise<number> {
  const shares: number[] = []
  for (const [i, vector] of queries.entries()) {
    const { hits } = await index.search('notification', workspaceId, {
      ...{ mode: 'meaning' as const, text: 'nearest', vector, filters: {}, limit: nearestLooked },
    })
    const nearest = exact.nearestTo(i)
    shares.push(hits.filter(({ id }) => nearest.has(id)).length / nearest.size)
  }
  return mean(...shares)
}

type Question = Pick<IndexQuery, 'mode' | 'text'> & Partial<IndexQuery>
const hourMs = 3_600_000
const someWords = (): string => `${randomWord()} ${randomWord()}`
const questions: Record<string, () => Question> = {
  'by words, two as often as they are written': () => ({ mode: 'words', text: someWords() }),
  'by words, a common one': () => ({ mode: 'words', text: wordOf(1) }),
  'by words, one with a mistake': () => ({ mode: 'words', text: misspelt(wordOf(99)) }),
  'by words, a common one of one recipient': () => ({ mode: 'words', text: wordOf(1), filters: { recipient: 'u42' } }),
  'by words, of an hour': () => ({ mode: 'words', text: wordOf(1), from: new Date(Date.now() - hourMs) }),
  'by meaning': () => ({ mode: 'meaning', text: someWords() }),
  'by meaning, of one recipient': () => ({ mode: 'meaning', text: someWords(), filters: { recipient: 'u42' } }),
  'by both': () => ({ mode: 'hybrid', text: someWords() }),
  'by both, on a channel': () => ({ mode: 'hybrid', text: someWords(), filters: { channel: 'email' } }),
}
