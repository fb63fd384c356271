// Servers that exist as source or as a container only: built with Go into the cache folder, once for all data folders.
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath } from './find-on-path.ts'
import { isAlive, processIdentity } from './process-identity.ts'
import { runCommand } from './run-command.ts'
import { readJson } from './state-file.ts'
import { StartFailed } from './start-failed.ts'

export interface GoProgram {
  /** For people. */
  name: string
  /** What `go install` takes: the package of the program. */
  module: string
  version: string
  /** The oldest Go that builds it, for example 1.26. */
  go: string
  /** What can be set instead of having one here. */
  instead: string
}

export interface GoProgramOptions {
  /** SIGNALBOX_CACHE. */
  cache: string | undefined
  /** Gets progress lines. */
  say: (line: string) => void
}

/** Where the program of exactly this version is once it is built. */
export function goProgramPath(wanted: GoProgram, cache: string | undefined): string {
  const program = basename(wanted.module)
  return join(cacheFolder(cache), `${program}-${wanted.version}-${process.platform}-${process.arch}`, program)
}

/** The program's path; built first when it is not there, which takes minutes. Throws StartFailed with what is missing. */
export async function findGoProgram(wanted: GoProgram, options: GoProgramOptions): Promise<string> {
  const path = goProgramPath(wanted, options.cache)
  if (existsSync(path)) return path
  const go = findOnPath('go') ?? ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((known) => existsSync(known))
  if (!go) {
    throw new StartFailed(
      `${wanted.name} is built from source with Go ${wanted.go} or newer, and there is no \`go\` on PATH. Install Go from https://go.dev/dl, then run this again.\nOr ${wanted.instead}.`,
    )
  }
  mkdirSync(cacheFolder(options.cache), { recursive: true })
  return whileAlone(`${cacheFolder(options.cache)}/${basename(wanted.module)}.lock`, wanted.name, options.say, async () => {
    // Somebody else may have built it while we waited.
    if (!existsSync(path)) await build(wanted, go, path, options.say)
    return path
  })
}

async function build(wanted: GoProgram, go: string, path: string, say: (line: string) => void): Promise<void> {
  const folder = join(path, '..')
  const building = `${folder}.${randomBytes(4).toString('hex')}`
  say(`Building ${wanted.name} ${wanted.version} from source (once, several minutes) ...`)
  const startedMs = Date.now()
  try {
    const result = await runCommand(go, ['install', `${wanted.module}@${wanted.version}`], {
      env: { ...process.env, GOBIN: building },
      everyMs: 30_000,
      onWaiting: (seconds) => say(`  ... still building ${wanted.name}, ${seconds} s`),
    })
    if (!result.ok || !existsSync(join(building, basename(path)))) {
      const end = result.output.trim().split('\n').slice(-8).join('\n')
      throw new StartFailed(
        `${wanted.name} could not be built with ${go} (it needs Go ${wanted.go} or newer, and reaches the module proxy):\n${end}\nOr ${wanted.instead}.`,
      )
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(building, folder)
    say(`Built ${wanted.name} in ${Math.round((Date.now() - startedMs) / 1_000)} s: ${path}`)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
}

/** One build of a program at a time on this machine; a lock whose holder is gone is taken over. */
async function whileAlone<T>(lockPath: string, name: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const own = `${lockPath}.${process.pid}`
  for (let tries = 0; ; tries++) {
    writeFileSync(own, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) ?? '' }))
    try {
      // A link appears with its content or not at all, and fails when the name is taken.
      linkSync(own, lockPath)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(own, { force: true })
    }
    const holder = readJson<{ pid: number; identity: string }>(lockPath)
    if (!holder || !isAlive(holder.pid, holder.identity)) {
      // Two that find the same dead holder may both go on: each builds in a folder of its own, and the later one replaces an equal file.
      rmSync(lockPath, { force: true })
      continue
    }
    if (tries % 300 === 0) say(`Waiting for process ${holder.pid}, which is building ${name} ...`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    rmSync(lockPath, { force: true })
  }
}
