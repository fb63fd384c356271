// POST /events/batch, beside the bare INSERT of the same rows.
import { join } from 'node:path'
import { createPool, migrate } from '#platform/postgres/index.ts'
import type { Bench } from '../bench.ts'
import { mean, perSecond, ratio } from '../figures.ts'
import { runLimit } from '../run-child.ts'

const batchEvents = 500
const batchClients = 4

export async function acceptBatches(bench: Bench): Promise<void> {
  const url = await makeDatabase(bench.databaseUrl)
  const limit = async (): Promise<number> =>
    (await runLimit<{ perSecond: number }>('insert-rows.ts', [url, String(Math.max(2, bench.seconds / 4))]).next()).perSecond
  const before = await limit()
  // Not longer: what is accepted in a second takes several to fan out.
  const { load, settledPerSecond } = await bench.load({
    closed: batchClients,
    batch: batchEvents,
    seconds: Math.min(5, bench.seconds),
    type: 'bench.nobody',
  })
  const after = await limit()
  const bare = mean(before, after)
  const rate = load.accepted / load.durationSeconds
  bench.figures.push({
    ...{
      row: `accept in batches of ${batchEvents}`,
      figure: `${perSecond(rate)} = ${ratio(rate / bare)}`,
      beside: `INSERT of the same rows ${perSecond(bare)}`,
    },
    ...{ goal: '>= 0.5', ok: rate / bare >= 0.5 },
  })
  bench.details.acceptBatches = { load, settledPerSecond, bare: [before, after] }
}

/** Beside the product's own, on the same server; empty, with the same tables and indexes. */
async function makeDatabase(productUrl: string): Promise<string> {
  const pool = createPool({ url: productUrl, max: 1, applicationName: 'bench' })
  await pool.query('CREATE DATABASE bench_limit')
  await pool.end()
  const url = new URL(productUrl)
  url.pathname = '/bench_limit'
  await migrate(url.href, join(import.meta.dirname, '../../prisma/migrations'))
  return url.href
}
