// Search with a full house: 1,000,000 notifications in Postgres' index, asked over HTTP one after the other. Short runs (--seconds below 5)
// take a small house. Weaviate is in search-weaviate.ts.
import { createPool } from '#platform/postgres/index.ts'
import { createPostgresIndex, type SearchIndex } from '#platform/search-index/index.ts'
import { newUuid } from '#shared/ids.ts'
import { askTimes, searchBudgetMs } from '../ask-times.ts'
import type { Bench } from '../bench.ts'
import { ms, perSecond } from '../figures.ts'
import { misspelt, putAll, randomDocument, seedDocuments, wordOf } from '../seed-documents.ts'
import { seedNotifications } from '../seed-rows.ts'

/** Documents that are put together. */
const batch = 200

const questions: Record<string, string> = {
  'a word that few have': `q=${wordOf(19_876)}`,
  'a word that nearly all have': `q=${wordOf(1)}`,
  'a word that one in a hundred has': `q=${wordOf(250)}`,
  'two common words': `q=${wordOf(1)}+${wordOf(2)}`,
  'a common and a rare word': `q=${wordOf(1)}+${wordOf(15_000)}`,
  'words that never stand together': `q=${wordOf(19_991)}+${wordOf(19_992)}+${wordOf(19_993)}`,
  'a sentence of which nothing has all': `q=${[1, 3, 20, 150, 900, 4_000, 12_000, 19_000].map(wordOf).join('+')}`,
  'a word that nobody uses': 'q=qqqqqqwx',
  'a word with a mistake': `q=${misspelt(wordOf(99))}`,
  'a common word and one with a mistake': `q=${wordOf(1)}+${misspelt(wordOf(7_000))}`,
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
    results[name] = await askTimes(async () => {
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
      budget: `p95 <= ${searchBudgetMs} ms`,
      ok: p95 <= searchBudgetMs,
    })
  const rate = await indexRate(createPostgresIndex({ pool }), newUuid(), 4_000)
  bench.figures.push({ row: '  indexed, by one worker', figure: perSecond(rate) })
  await pool.end()
}

/** Documents a second, in batches as the index worker makes them. */
async function indexRate(index: SearchIndex, workspaceId: string, count: number): Promise<number> {
  const startedAt = performance.now()
  for (let done = 0; done < count; done += batch)
    await putAll(
      index,
      workspaceId,
      Array.from({ length: batch }, () => randomDocument()),
    )
  return (count / (performance.now() - startedAt)) * 1_000
}
