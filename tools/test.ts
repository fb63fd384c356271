// `npm test`: every test that needs no Docker and no Go, on real servers. `npm test -- unit` runs one project (unit, integration, nuxt,
// e2e, browser, faults); other arguments go to vitest, for example `npm test -- unit shared/ids -t monotonic`.
// `npm run test:servers`: those that need MinIO, Weaviate or nginx.
import { type CliOptions, parseCLI, startVitest, type TestModule } from 'vitest/node'

const projects = ['unit', 'integration', 'nuxt', 'e2e', 'browser', 'faults']

// What meets real servers, processes and browsers gets a second try where nobody sits before it: the whole file, from a fresh start, since
// a test that was cut off leaves things behind that fail it again. More files than this are no unsteadiness: something is broken.
const secondTries = process.env.CI ? 3 : 0
const steady = ['unit', 'nuxt']

interface Run {
  /** By project and file. */
  files: Map<string, Counts>
  /** What was thrown outside every test. */
  stray: number
  /** A global setup that failed (a server that cannot be had) runs no test at all: that is no success. */
  broken: boolean
}

interface Counts {
  passed: number
  failed: number
  skipped: number
  path: string
  project: string
}

/** A file that could not be read or whose hooks failed counts as one failure, so that it cannot pass for nothing. */
function count(module: TestModule): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, path: module.moduleId, project: module.project.name }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') counts.passed++
    else if (state === 'failed') counts.failed++
    else counts.skipped++
  }
  if (counts.failed === 0 && module.state() === 'failed') counts.failed = 1
  return counts
}

async function runTests(filter: string[], options: CliOptions, project: string[]): Promise<Run> {
  // Not 0: then a run that is ended by Ctrl-C would end with 0 too.
  process.exitCode = undefined
  const vitest = await startVitest(filter, { ...options, watch: false, run: true, project })
  const files = new Map(vitest.state.getTestModules().map((module) => [`${module.project.name} ${module.relativeModuleId}`, count(module)]))
  const run = { files, stray: vitest.state.getUnhandledErrors().length, broken: files.size === 0 && Boolean(process.exitCode) }
  await vitest.close()
  return run
}

const given = process.argv.slice(2)
const withServers = given.includes('--servers')
const chosen = withServers ? ['servers'] : given.filter((argument) => projects.includes(argument))
const rest = given.filter((argument) => argument !== '--servers' && (withServers || !projects.includes(argument)))
const { filter, options } = parseCLI(['vitest', 'run', ...rest])

const first = await runTests(filter, options, chosen.length > 0 ? chosen : projects)
let { stray } = first
const failed = [...first.files].filter(([, counts]) => counts.failed > 0)
if (failed.length > 0 && failed.length <= secondTries && failed.every(([, { project }]) => !steady.includes(project))) {
  console.log(`a second try: ${failed.map(([name]) => name).join(', ')}`)
  const again = await runTests(
    failed.map(([, { path }]) => path),
    options,
    [...new Set(failed.map(([, { project }]) => project))],
  )
  stray += again.stray
  for (const [name] of failed) {
    const counts = again.files.get(name)
    if (!counts) continue
    first.files.set(name, counts)
    // To be mended, not to be lived with.
    if (counts.failed === 0) console.log(`passed at the second try only: ${name}`)
  }
}

const sums = { passed: 0, failed: stray + (first.broken ? 1 : 0), skipped: 0 }
for (const { passed, failed, skipped } of first.files.values()) {
  sums.passed += passed
  sums.failed += failed
  sums.skipped += skipped
}
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`)
process.exit(sums.failed > 0 || (sums.passed === 0 && rest.length === 0) ? 1 : 0)
