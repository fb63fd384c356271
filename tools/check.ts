// `npm run check`: everything about the code that can be known without running it. `npm run check -- lint imports` runs some of it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

interface Check {
  name: string
  finds: string
  /** Programs of node_modules, one after the other; the first that fails ends the check. */
  commands: string[][]
}

const bin = (program: string, ...parameters: string[]) => [join('node_modules', program), ...parameters]

const root = join(import.meta.dirname, '..')

const rooms = [
  'shared',
  'platform',
  'services',
  'server',
  'workers',
  'tools',
  'bench',
  'prisma',
  'tests',
  'pages',
  'components',
  'composables',
  'layouts',
  'middleware',
]
  .concat(['app.vue', 'error.vue', 'nuxt.config.ts'])
  .filter((room) => existsSync(join(root, room)))

const checks: Check[] = [
  { name: 'format', finds: 'what npm run format would change', commands: [bin('prettier/bin/prettier.cjs', '--check', '.')] },
  { name: 'lint', finds: 'mistakes that eslint knows', commands: [bin('eslint/bin/eslint.js', '.', '--max-warnings', '0')] },
  {
    name: 'types',
    finds: 'type errors in what Node runs from source',
    commands: [bin('typescript/bin/tsc', '-p', 'tsconfig.node.json'), bin('typescript/bin/tsc', '-p', 'tsconfig.browser.json')],
  },
  {
    name: 'types-nuxt',
    finds: 'type errors in the API and the console',
    commands: [bin('nuxt/bin/nuxt.mjs', 'prepare'), bin('vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'tsconfig.nuxt.json')],
  },
  {
    name: 'imports',
    finds: 'imports that cross a border',
    commands: [bin('dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs', ...rooms)],
  },
  {
    name: 'dead-code',
    finds: 'files, exports and dependencies that nothing uses',
    commands: [bin('knip/bin/knip.js', '--no-progress', '--no-config-hints')],
  },
]

function run(command: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, output })))
}

async function perform(check: Check): Promise<boolean> {
  const startedAt = performance.now()
  for (const command of check.commands) {
    const { code, output } = await run(command)
    if (code === 0) continue
    console.log(`FAIL  ${check.name}: ${check.finds}\n${output.trimEnd()}\n`)
    return false
  }
  console.log(`ok    ${check.name} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`)
  return true
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}; there are ${checks.map((check) => check.name).join(', ')}.`)
  process.exit(1)
}

const queue = checks.filter((check) => wanted.length === 0 || wanted.includes(check.name))
const total = queue.length
let passed = 0
// Two at a time: each keeps about one core busy.
await Promise.all(
  [1, 2].map(async () => {
    for (let check = queue.shift(); check; check = queue.shift()) if (await perform(check)) passed++
  }),
)
console.log(`${passed} passed, ${total - passed} failed, 0 skipped`)
process.exitCode = passed === total ? 0 : 1
