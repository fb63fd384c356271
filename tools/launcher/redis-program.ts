// No npm package carries a Redis server, so it comes from PATH, or from the distribution's packages, unpacked without root.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { StartFailed } from './start-failed.ts'

export interface RedisProgram {
  path: string
  /** Variables it needs besides the usual ones. */
  env: Record<string, string>
}

/** What is downloaded once for all data folders. */
export function cacheFolder(configured: string | undefined): string {
  if (configured) return configured
  const base =
    process.env.XDG_CACHE_HOME || (process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache'))
  return join(base, 'signalbox')
}

const core = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1']

/** Packages that bring a library which the server may miss on a minimal system. */
const providers: [RegExp, string][] = [
  [/liblua5\.1-cjson/, 'lua-cjson'],
  [/liblua5\.1-bitop/, 'lua-bitop'],
  [/liblua5\.1/, 'liblua5.1-0'],
  [/libatomic/, 'libatomic1'],
  [/libhiredis/, 'libhiredis0.14'],
  [/libsystemd/, 'libsystemd0'],
  [/libssl|libcrypto/, 'libssl3'],
]

/** Finds a Redis server, downloading one where that is possible without root. `say` gets progress lines. */
export async function findRedisProgram(options: { cache: string | undefined; say: (line: string) => void }): Promise<RedisProgram> {
  const onPath = findOnPath('redis-server')
  if (onPath) return { path: onPath, env: {} }
  const cache = cacheFolder(options.cache)
  const target = join(cache, `redis-${process.platform}-${process.arch}`)
  const cached = unpackedProgram(target)
  if (cached) return cached
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) throw new StartFailed(missingMessage())
  options.say('Downloading Redis (Debian packages, once) ...')
  mkdirSync(cache, { recursive: true })
  const building = `${target}.${randomBytes(4).toString('hex')}`
  try {
    await downloadPackages(building, options.say)
    rmSync(join(building, 'apt'), { recursive: true, force: true })
    if (existsSync(target)) rmSync(target, { recursive: true, force: true })
    try {
      renameSync(building, target)
    } catch (error) {
      if (!unpackedProgram(target)) throw error
    }
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  const program = unpackedProgram(target)
  if (!program) throw new StartFailed(missingMessage())
  return program
}

function findOnPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return undefined
}

/** The server unpacked in this folder, or undefined when it is not there or does not run. */
function unpackedProgram(folder: string): RedisProgram | undefined {
  const path = join(folder, 'usr', 'bin', 'redis-server')
  if (!existsSync(path)) return undefined
  const env = { LD_LIBRARY_PATH: libraryFolders(folder).join(delimiter) }
  return spawnSync(path, ['--version'], { env: { ...process.env, ...env }, stdio: 'ignore' }).status === 0 ? { path, env } : undefined
}

function libraryFolders(folder: string): string[] {
  const found: string[] = []
  for (const base of ['usr/lib', 'lib']) {
    const path = join(folder, base)
    if (!existsSync(path)) continue
    found.push(path)
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory() && entry.name.includes('-linux-')) found.push(join(path, entry.name))
  }
  return found
}

async function downloadPackages(folder: string, say: (line: string) => void): Promise<void> {
  const debs = join(folder, 'apt')
  mkdirSync(debs, { recursive: true })
  let options: string[] = []
  if (!(await run('apt-get', ['download', ...core], debs, say)).ok) {
    say('Reading the list of packages ...')
    // Lists of our own: the system's belong to root, and are not ours to change under root either.
    const lists = join(debs, 'lists')
    mkdirSync(join(lists, 'partial'), { recursive: true })
    mkdirSync(join(debs, 'archives', 'partial'), { recursive: true })
    options = [
      '-o',
      `Dir::State::lists=${lists}`,
      '-o',
      `Dir::Cache=${debs}`,
      '-o',
      `Dir::Cache::archives=${join(debs, 'archives')}`,
      '-o',
      'Debug::NoLocking=1',
      '-o',
      'APT::Sandbox::User=',
    ]
    const update = await run('apt-get', [...options, 'update'], debs, say)
    const download = await run('apt-get', [...options, 'download', ...core], debs, say)
    if (!download.ok)
      throw new StartFailed(
        `${missingMessage()}\nIts download failed: ${(download.output || update.output).trim().split('\n').slice(-5).join('\n')}`,
      )
  }
  unpack(debs, folder)
  // A minimal system may miss a library that the packages above take for granted.
  const missing = missingLibraries(folder)
  const extra = [...new Set(missing.flatMap((library) => providers.find(([pattern]) => pattern.test(library))?.[1] ?? []))]
  for (const name of extra) await run('apt-get', [...options, 'download', name], debs, say)
  if (extra.length > 0) unpack(debs, folder)
}

function unpack(debs: string, folder: string): void {
  for (const deb of readdirSync(debs).filter((name) => name.endsWith('.deb'))) {
    const result = spawnSync('dpkg', ['-x', join(debs, deb), folder], { encoding: 'utf8' })
    if (result.status !== 0) throw new StartFailed(`${deb} could not be unpacked: ${result.stderr}`)
    rmSync(join(debs, deb))
  }
}

function missingLibraries(folder: string): string[] {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(folder).join(delimiter) }
  const { stdout } = spawnSync('ldd', [join(folder, 'usr', 'bin', 'redis-server')], { env, encoding: 'utf8' })
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line.includes('not found'))
    .map((line) => line.trim().split(' ')[0] ?? '')
}

async function run(command: string, args: string[], cwd: string, say: (line: string) => void): Promise<{ ok: boolean; output: string }> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const startedMs = Date.now()
  const heartbeat = setInterval(() => say(`  ... ${Math.round((Date.now() - startedMs) / 1000)} s`), 3_000)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message
      resolve(null)
    })
    child.once('close', resolve)
  })
  clearInterval(heartbeat)
  return { ok: code === 0, output }
}

function missingMessage(): string {
  const how =
    process.platform === 'darwin'
      ? 'brew install redis'
      : findOnPath('dnf')
        ? 'sudo dnf install redis (or valkey)'
        : findOnPath('apk')
          ? 'apk add redis'
          : findOnPath('pacman')
            ? 'sudo pacman -S redis'
            : 'sudo apt-get install redis-server'
  return `Redis is needed and was not found. Install it with: ${how}\nOr set REDIS_URL to a Redis that does not evict (maxmemory-policy noeviction).`
}
