// `npm test`: every test that needs no Docker and no Go, on real servers. `npm test -- unit` runs one project (unit, integration, nuxt,
// e2e, browser, faults); other arguments go to vitest, for example `npm test -- unit shared/ids -t monotonic`.
// `npm run test:servers`: those that need MinIO, Weaviate or nginx.
import { parseCLI, startVitest, type TestModule } from 'vitest/node'

const projects = ['unit', 'integration', 'nuxt', 'e2e', 'browser', 'faults']

interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Names of those that passed at their second try only (vitest.config.ts): to be mended, not to be lived with. */
  unsteady: string[]
}

/** A file that could not be read or whose hooks failed counts as one failure, so that it cannot pass for nothing. */
function count(modules: TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, unsteady: [] }
  for (const module of modules) {
    const tests = [...module.children.allTests()]
    let failed = 0
    for (const test of tests) {
      const { state } = test.result()
      if (state === 'passed') counts.passed++
      else if (state === 'failed') failed++
      else counts.skipped++
      if (test.diagnostic()?.flaky) counts.unsteady.push(`${module.relativeModuleId} > ${test.fullName}`)
    }
    counts.failed += failed > 0 || module.state() !== 'failed' ? failed : 1
  }
  return counts
}

const given = process.argv.slice(2)
const withServers = given.includes('--servers')
const chosen = withServers ? ['servers'] : given.filter((argument) => projects.includes(argument))
const rest = given.filter((argument) => argument !== '--servers' && (withServers || !projects.includes(argument)))
const { filter, options } = parseCLI(['vitest', 'run', ...rest])

const vitest = await startVitest(filter, { ...options, watch: false, run: true, project: chosen.length > 0 ? chosen : projects })
const counts = count(vitest.state.getTestModules())
counts.failed += vitest.state.getUnhandledErrors().length
// A global setup that failed (a server that cannot be had) runs no test at all: that is no success.
if (counts.passed + counts.failed + counts.skipped === 0 && process.exitCode) counts.failed++
await vitest.close()

for (const name of counts.unsteady) console.log(`passed at the second try only: ${name}`)
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed > 0 || (counts.passed === 0 && rest.length === 0) ? 1 : 0)
