// `npm run test:embedder [-- pytest's arguments]`: lint, format, types and tests of the Python service in embedder/.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureEmbedder, installPackages, type EmbedderProgram } from './servers/embedder.ts'

const say = (line: string): void => console.log(line)

/** Packages for tests in a folder beside the virtual environment, so that its size is that of what runs. */
async function ensureTools(program: EmbedderProgram): Promise<string> {
  const file = join(program.folder, 'requirements-dev.txt')
  const wanted = createHash('sha256').update(readFileSync(file)).digest('hex')
  const environment = dirname(dirname(program.python))
  const target = `${environment}-tests`
  const mark = join(target, 'installed')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return target
  say('Installing what tests the embedder ...')
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  await installPackages(program.python, file, ['--target', target], say)
  writeFileSync(mark, wanted)
  return target
}

const program = await ensureEmbedder(undefined, say)
const tools = await ensureTools(program)

function python(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(program.python, ['-m', ...args], {
    cwd: program.folder,
    env: { ...process.env, PYTHONPATH: tools, TOKENIZERS_PARALLELISM: 'false' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk)
    output += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

const counts = { passed: 0, failed: 0, skipped: 0 }
for (const check of [['ruff', 'check', '.'], ['ruff', 'format', '--check', '.'], ['mypy']]) {
  say(`-- ${check.join(' ')}`)
  counts[(await python(check)).code === 0 ? 'passed' : 'failed']++
}

say('-- pytest')
const { code, output } = await python(['pytest', ...process.argv.slice(2)])
// Its last line: "3 failed, 40 passed, 1 skipped, 2 errors in 12.3s"
const summary = output.trimEnd().split('\n').at(-1) ?? ''
const number = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0)
counts.passed += number('passed')
counts.skipped += number('skipped')
const failed = number('failed') + number('error')
counts.failed += code === 0 || failed > 0 ? failed : 1

say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
