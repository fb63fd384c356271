// The embedding service (embedder/): its Python packages are installed once into SIGNALBOX_CACHE, then it runs from source.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EmbeddedServer } from '../launcher/embedded-postgres.ts'
import { findFreePort, requireFreePort } from '../launcher/free-port.ts'
import { waitUntil } from '../launcher/process-identity.ts'
import { cacheFolder } from '../launcher/cache-folder.ts'
import { StartFailed } from '../launcher/start-failed.ts'
import { findPython } from './python-program.ts'

export interface EmbedderProgram {
  /** The interpreter of the virtual environment. */
  python: string
  /** Where `python -m signalbox_embedder` is run. */
  folder: string
}

export interface RunningEmbedder extends EmbeddedServer {
  /** At once. */
  kill(): void
}

export interface EmbedderOptions {
  /** This port and no other; default: a random free one. */
  port?: number
  /** Default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: nowhere. */
  logFile?: string
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Settings of embedder/README.md, besides those that are in our own environment. */
  env?: Record<string, string>
  /** Gets progress lines. */
  say?: (line: string) => void
}

const folder = join(import.meta.dirname, '../../embedder')
const installMinutes = 10
const startTimeoutMs = 120_000

/** Installs what it needs, once per set of versions; about 110 MB are downloaded. Throws with the reason where it cannot. */
export async function ensureEmbedder(cache?: string, say: (line: string) => void = () => {}): Promise<EmbedderProgram> {
  const requirements = join(folder, 'requirements.txt')
  const found = findPython()
  const key = createHash('sha256').update(readFileSync(requirements)).update(found.version).digest('hex').slice(0, 12)
  const target = join(cacheFolder(cache ?? process.env.SIGNALBOX_CACHE), `embedder-${key}`)
  const program = { python: join(target, 'bin', 'python'), folder }
  if (existsSync(program.python)) return program
  say('Installing the embedder (Python packages, once) ...')
  mkdirSync(dirname(target), { recursive: true })
  // Whole or not at all: two that install at once each make their own, and the first one stays.
  const building = `${target}.${randomBytes(4).toString('hex')}`
  try {
    await run(found.command, ['-m', 'venv', building], say)
    await installPackages(join(building, 'bin', 'python'), requirements, [], say)
    try {
      renameSync(building, target)
    } catch (error) {
      if (!existsSync(program.python)) throw error
    }
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  return program
}

/** `--no-deps`: every package is named in the file, and two of them ask for some that are not wanted (embedder/README.md). */
export async function installPackages(python: string, file: string, more: string[], say: (line: string) => void): Promise<void> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:']
  await run(python, ['-m', 'pip', 'install', ...quiet, '--no-deps', ...more, '-r', file], say)
}

/** Starts it on 127.0.0.1 and resolves when it is ready. The process leads a group of its own. */
export async function startEmbedder(options: EmbedderOptions = {}): Promise<RunningEmbedder> {
  const program = await ensureEmbedder(options.cache, options.say)
  const port = options.port === undefined ? await findFreePort() : await requireFreePort(options.port)
  if (options.logFile) mkdirSync(dirname(options.logFile), { recursive: true })
  const log = options.logFile ? openSync(options.logFile, 'a') : undefined
  const { env } = process
  const own = Object.entries(env).filter(([name]) => name.startsWith('EMBEDDER_') && name !== 'EMBEDDER_URL')
  const child = spawn(program.python, ['-m', 'signalbox_embedder', '--host', '127.0.0.1', '--port', String(port)], {
    cwd: program.folder,
    env: { PATH: env.PATH, HOME: env.HOME, LANG: 'C.UTF-8', ...Object.fromEntries(own), ...options.env },
    stdio: ['ignore', log ?? 'ignore', log ?? 'pipe'],
    detached: true,
  })
  if (log !== undefined) closeSync(log)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  let failure: string | undefined
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message
      resolve()
    })
    child.once('exit', (code, signal) => {
      failure ??= `it ended with ${signal ?? `exit code ${code}`}`
      resolve()
    })
  })
  if (child.pid) options.onSpawn?.({ pid: child.pid, port })
  const kill = () => void child.kill('SIGKILL')
  const stop = async () => {
    if (failure !== undefined) return
    child.kill('SIGTERM')
    const inTime = await Promise.race([
      exited.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 25_000, false).unref()),
    ])
    if (!inTime) kill()
    await exited
  }
  const url = `http://127.0.0.1:${port}`
  const ready = await waitUntil(async () => failure !== undefined || (await isReady(url)), startTimeoutMs, 50)
  if (failure !== undefined || !ready) {
    const reason = failure ?? `no answer after ${startTimeoutMs / 1_000} s`
    await stop()
    const tail = options.logFile ? readFileSync(options.logFile, 'utf8') : said
    throw new StartFailed(`The embedder did not start: ${reason}. It said last:\n${tail.trimEnd().split('\n').slice(-8).join('\n')}`)
  }
  return { url, pid: child.pid!, port, exited, stop, kill }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/.well-known/ready`, { signal: AbortSignal.timeout(2_000) })).status === 204
  } catch {
    return false
  }
}

async function run(command: string, args: string[], say: (line: string) => void): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: installMinutes * 60_000, killSignal: 'SIGKILL' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const startedMs = Date.now()
  const heartbeat = setInterval(() => say(`  ... ${Math.round((Date.now() - startedMs) / 1_000)} s`), 3_000)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message
      resolve(null)
    })
    child.once('close', resolve)
  })
  clearInterval(heartbeat)
  if (code === 0) return
  const reason = output.trim().split('\n').slice(-6).join('\n') || `no success within ${installMinutes} minutes`
  throw new StartFailed(`The embedder could not be installed (${command} ${args.slice(0, 3).join(' ')}):\n${reason}`)
}
