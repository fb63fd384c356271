// `npm run audit:verify`: recomputes every chain of the audit and names the first entry that is not as it was written. Ends with 1 then.
// `-- --head CHAIN:LENGTH:HASH` also asks whether a head that was printed earlier is still in its chain (a rewritten one is not).
import { parseArgs } from 'node:util'
import { config as readConfig, ConfigError } from '#platform/config/index.ts'
import { createPool, isUnavailable } from '#platform/postgres/index.ts'
import { holdsHead, verifyAudit } from '#services/audit/index.ts'
import { databaseUrl } from './database-url.ts'

const headPattern = /^([0-9a-f-]{36}):(\d{1,15}):([0-9a-f]{64})$/

async function run(): Promise<boolean> {
  const { values } = parseArgs({ options: { head: { type: 'string', multiple: true, default: [] } } })
  const noted = values.head.map((text) => {
    const [, chain, length, hash] = headPattern.exec(text) ?? []
    if (!chain || !length || !hash) throw new ConfigError([`--head ${text}: must be CHAIN:LENGTH:HASH as this command prints it`])
    return { text, chain, length: Number(length), hash }
  })
  const pool = createPool({ url: databaseUrl(readConfig()), max: 1, applicationName: 'signalbox-audit-verify' })
  try {
    const report = await verifyAudit(pool)
    let sound = report.broken === null && report.unsealed.length === 0
    for (const { chain, workspaceKey, length, head, broken } of report.chains) {
      console.log(`${broken ? 'FAIL' : 'ok  '}  ${workspaceKey ?? 'instance'}  ${chain}:${length}:${head}`)
      if (broken) console.log(`      ${broken.sentence}`)
    }
    if (report.unsealed.length > 0) console.log(`FAIL  put in past the chain: entries ${report.unsealed.join(', ')}`)
    for (const { text, chain, length, hash } of noted) {
      if (await holdsHead(pool, chain, length, hash)) continue
      console.log(`FAIL  the chain was rewritten: ${text} is no longer part of it`)
      sound = false
    }
    console.log(sound ? `${report.entries} entries, none changed.` : 'The audit is not as it was written.')
    return sound
  } finally {
    await pool.end()
  }
}

try {
  process.exitCode = (await run()) ? 0 : 1
} catch (error) {
  if (isUnavailable(error)) console.error('Postgres does not answer: start Signalbox, or set DATABASE_URL.')
  else console.error(error instanceof ConfigError ? error.message : error)
  process.exitCode = 2
}
