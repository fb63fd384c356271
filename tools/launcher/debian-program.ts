// A server from PATH, or from the distribution's packages, unpacked into the cache folder without root.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath } from './find-on-path.ts'
import { runCommand } from './run-command.ts'
import { StartFailed } from './start-failed.ts'

export interface ServerProgram {
  path: string
  /** Variables it needs besides the usual ones. */
  env: Record<string, string>
}

export interface DebianProgram {
  /** For people and for the folder in the cache. */
  name: string
  /** On PATH. */
  program: string
  /** Debian packages that bring it, with what a minimal system lacks. */
  packages: string[]
  /** Where they put it, for example usr/bin/redis-server. */
  unpackedPath: string
  /** An argument that makes it print its version and end. */
  versionFlag: string
  /** What to install, and what to set instead; said when it cannot be had. */
  missingMessage: () => string
}

/** Packages that bring a library which a server may miss on a minimal system. */
const providers: [RegExp, string][] = [
  [/liblua5\.1-cjson/, 'lua-cjson'],
  [/liblua5\.1-bitop/, 'lua-bitop'],
  [/liblua5\.1/, 'liblua5.1-0'],
  [/libatomic/, 'libatomic1'],
  [/libhiredis/, 'libhiredis0.14'],
  [/libsystemd/, 'libsystemd0'],
  [/libssl|libcrypto/, 'libssl3'],
  [/libpcre2-8/, 'libpcre2-8-0'],
  [/libcrypt\.so/, 'libcrypt1'],
  [/libz\.so/, 'zlib1g'],
]

/** Finds the server, downloading it where that is possible without root. `say` gets progress lines. Throws StartFailed with what to install. */
export async function findDebianProgram(
  wanted: DebianProgram,
  options: { cache: string | undefined; say: (line: string) => void },
): Promise<ServerProgram> {
  const onPath = findOnPath(wanted.program)
  if (onPath) return { path: onPath, env: {} }
  const cache = cacheFolder(options.cache)
  const target = join(cache, `${wanted.name.toLowerCase()}-${process.platform}-${process.arch}`)
  const cached = unpackedProgram(wanted, target)
  if (cached) return cached
  if (!findOnPath('apt-get') || !findOnPath('dpkg')) throw new StartFailed(wanted.missingMessage())
  options.say(`Downloading ${wanted.name} (Debian packages, once) ...`)
  mkdirSync(cache, { recursive: true })
  const building = `${target}.${randomBytes(4).toString('hex')}`
  try {
    await downloadPackages(wanted, building, options.say)
    rmSync(join(building, 'apt'), { recursive: true, force: true })
    if (existsSync(target)) rmSync(target, { recursive: true, force: true })
    try {
      renameSync(building, target)
    } catch (error) {
      if (!unpackedProgram(wanted, target)) throw error
    }
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  const program = unpackedProgram(wanted, target)
  if (!program) throw new StartFailed(wanted.missingMessage())
  return program
}

/** The server unpacked in this folder, or undefined when it is not there or does not run. */
function unpackedProgram(wanted: DebianProgram, folder: string): ServerProgram | undefined {
  const path = join(folder, wanted.unpackedPath)
  if (!existsSync(path)) return undefined
  const env = { LD_LIBRARY_PATH: libraryFolders(folder).join(delimiter) }
  return spawnSync(path, [wanted.versionFlag], { env: { ...process.env, ...env }, stdio: 'ignore' }).status === 0
    ? { path, env }
    : undefined
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

async function downloadPackages(wanted: DebianProgram, folder: string, say: (line: string) => void): Promise<void> {
  const debs = join(folder, 'apt')
  mkdirSync(debs, { recursive: true })
  const aptGet = (args: string[]) =>
    runCommand('apt-get', args, {
      cwd: debs,
      env: { ...process.env, LC_ALL: 'C' },
      onWaiting: (seconds) => say(`  ... ${seconds} s`),
    })
  let options: string[] = []
  if (!(await aptGet(['download', ...wanted.packages])).ok) {
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
    const update = await aptGet([...options, 'update'])
    const download = await aptGet([...options, 'download', ...wanted.packages])
    if (!download.ok)
      throw new StartFailed(
        `${wanted.missingMessage()}\nIts download failed: ${(download.output || update.output).trim().split('\n').slice(-5).join('\n')}`,
      )
  }
  unpack(debs, folder)
  // A minimal system may miss a library that the packages above take for granted.
  const missing = missingLibraries(join(folder, wanted.unpackedPath), folder)
  const extra = [...new Set(missing.flatMap((library) => providers.find(([pattern]) => pattern.test(library))?.[1] ?? []))]
  for (const name of extra) await aptGet([...options, 'download', name])
  if (extra.length > 0) unpack(debs, folder)
}

function unpack(debs: string, folder: string): void {
  for (const deb of readdirSync(debs).filter((name) => name.endsWith('.deb'))) {
    const result = spawnSync('dpkg', ['-x', join(debs, deb), folder], { encoding: 'utf8' })
    if (result.status !== 0) throw new StartFailed(`${deb} could not be unpacked: ${result.stderr}`)
    rmSync(join(debs, deb))
  }
}

function missingLibraries(path: string, folder: string): string[] {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(folder).join(delimiter) }
  const { stdout } = spawnSync('ldd', [path], { env, encoding: 'utf8' })
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line.includes('not found'))
    .map((line) => line.trim().split(' ')[0] ?? '')
}

/** How this machine installs a package by hand. */
export function installAdvice(names: { brew: string; apt: string; dnf?: string; apk?: string; pacman?: string }): string {
  if (process.platform === 'darwin') return `brew install ${names.brew}`
  if (findOnPath('dnf')) return `sudo dnf install ${names.dnf ?? names.apt}`
  if (findOnPath('apk')) return `apk add ${names.apk ?? names.apt}`
  if (findOnPath('pacman')) return `sudo pacman -S ${names.pacman ?? names.apt}`
  return `sudo apt-get install ${names.apt}`
}
