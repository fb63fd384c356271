// npm run bench [-- --only webhook --seconds 10]: the built product against its budgets (bench/README.md).
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openBench, type Bench } from './bench.ts'
import { figureTable } from './figures.ts'
import { acceptOneByOne } from './rows/accept.ts'
import { acceptBatches } from './rows/batch.ts'
import { embedder } from './rows/embedder.ts'
import { inApp } from './rows/in-app.ts'
import { latency } from './rows/latency.ts'
import { map } from './rows/map.ts'
import { pages } from './rows/pages.ts'
import { relevance } from './rows/relevance.ts'
import { replay } from './rows/replay.ts'
import { search } from './rows/search.ts'
import { searchWeaviate } from './rows/search-weaviate.ts'
import { tabs } from './rows/tabs.ts'
import { webhooks } from './rows/webhook.ts'
import { stopChildren } from './run-child.ts'

const groups: Record<string, (bench: Bench) => Promise<void>> = {
  latency,
  webhook: webhooks,
  accept: acceptOneByOne,
  'in-app': inApp,
  batch: acceptBatches,
  replay,
  pages,
  search,
  tabs,
  map,
  embedder,
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, seconds: { type: 'string', default: '15' }, help: { type: 'boolean', short: 'h' } },
})
/** They take Go to build Weaviate: only when asked for. */
const others: typeof groups = { 'search-weaviate': searchWeaviate, relevance }
const all = { ...groups, ...others }
const wanted = values.only?.split(',') ?? Object.keys(groups)
const unknown = wanted.filter((name) => !Object.hasOwn(all, name))
const seconds = Number(values.seconds)

if (values.help || unknown.length > 0 || !(seconds > 0)) {
  console.log(`npm run bench [-- --only ${Object.keys(all).join(',')} --seconds 15]`)
  process.exit(values.help ? 0 : 1)
}

const startedAt = new Date()
const say = (line: string): void => console.log(`${((Date.now() - startedAt.getTime()) / 1_000).toFixed(0).padStart(4)} s  ${line}`)
const bench = await openBench({ seconds, say })
process.once('SIGINT', () => {
  stopChildren()
  void bench.product.stop().finally(() => process.exit(130))
})
try {
  for (const name of wanted) {
    say(`${name} ...`)
    await all[name]!(bench)
  }
} finally {
  stopChildren()
  await bench.product.stop()
}

console.log(`\n${figureTable(bench.figures)}\n`)
const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), loadAverage: loadavg(), node: process.version }
const folder = join(import.meta.dirname, 'results')
const file = join(folder, `${startedAt.toISOString().replaceAll(':', '-').slice(0, 19)}.json`)
await mkdir(folder, { recursive: true })
await writeFile(file, `${JSON.stringify({ startedAt, seconds, machine, figures: bench.figures, details: bench.details }, null, 2)}\n`)
console.log(`Kept in ${file}`)
const misses = bench.figures.filter((figure) => figure.budget !== undefined && figure.ok === false)
console.log(misses.length === 0 ? 'Every budget is met.' : `${misses.length} budgets are missed.`)
process.exitCode = misses.length === 0 ? 0 : 1
