// `npm run search:rebuild`: builds the search index anew from Postgres, with progress; searches and deliveries go on meanwhile.
// `npm run search:check`: compares index and tables and prints the difference; ends with 1 when there is one. `-- --kind recipient`
// does one kind only. Both read the configuration as the product does: the index that it uses is the one that is meant.
import { parseArgs } from 'node:util'
import { config as readConfig, ConfigError } from '#platform/config/index.ts'
import { createEmbedder } from '#platform/embedder/index.ts'
import { createPool, isUnavailable } from '#platform/postgres/index.ts'
import { documentKinds, IndexUnavailable, openSearchIndex, type DocumentKind } from '#platform/search-index/index.ts'
import { checkIndex, rebuildIndex } from '#services/search/index.ts'
import { databaseUrl } from './database-url.ts'
import { useRunningServers } from './use-running-servers.ts'

const sayEveryMs = 2_000
const examples = 20

async function run(): Promise<boolean> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { kind: { type: 'string', multiple: true } } })
  const unknown = (values.kind ?? []).filter((kind) => !(documentKinds as readonly string[]).includes(kind))
  if (unknown.length > 0) throw new ConfigError([`--kind ${unknown.join(', ')}: there are ${documentKinds.join(', ')}`])
  const kinds = (values.kind as DocumentKind[] | undefined) ?? documentKinds
  useRunningServers()
  const config = readConfig()
  const pool = createPool({ url: databaseUrl(config), max: 3, applicationName: `signalbox-search-${positionals[0]}` })
  const index = openSearchIndex({ config, pool })
  const embedder = config.EMBEDDER_URL === undefined ? undefined : createEmbedder({ url: config.EMBEDDER_URL })
  try {
    if (positionals[0] === 'check') return await check()
    if (positionals[0] === 'rebuild') return await rebuild()
    throw new ConfigError(['say rebuild or check'])
  } finally {
    await index.close()
    await pool.end()
  }

  async function rebuild(): Promise<boolean> {
    const startedAt = performance.now()
    let nextAt = 0
    console.log(
      `Rebuilding the index in ${index.name}${index.byMeaning && !embedder ? ', by words only: EMBEDDER_URL is not set' : ''} ...`,
    )
    const report = await rebuildIndex({
      pool,
      index,
      embedder,
      kinds,
      onProgress: ({ kind, done, of }) => {
        if (performance.now() < nextAt) return
        nextAt = performance.now() + sayEveryMs
        console.log(`  ${kind}: ${done} of about ${of}`)
      },
    })
    for (const { kind, id, reason } of report.refused.slice(0, examples)) console.log(`refused  ${kind} ${id}: ${reason}`)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    console.log(`${report.documents} documents in ${seconds} s, ${report.removed} removed that are gone, ${report.refused.length} refused.`)
    return report.refused.length === 0
  }

  async function check(): Promise<boolean> {
    const report = await checkIndex({ pool, index, kinds })
    for (const { what, kind, workspaceId, id } of report.differences.slice(0, examples))
      console.log(`${what.padEnd(7)}  ${kind} ${id} (workspace ${workspaceId})`)
    if (report.total > examples) console.log(`... and ${report.total - examples} more`)
    console.log(`${report.documents} documents in ${index.name}, ${report.total} differences, ${report.waiting} changes on their way.`)
    return report.total === 0
  }
}

try {
  process.exitCode = (await run()) ? 0 : 1
} catch (error) {
  if (error instanceof IndexUnavailable) console.error(error.message)
  else if (isUnavailable(error)) console.error('Postgres does not answer: start Signalbox, or set DATABASE_URL.')
  else console.error(error instanceof ConfigError ? error.message : error)
  process.exitCode = 2
}
