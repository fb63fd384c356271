// Postgres from npm binaries: for `npm start`, and for tests and benchmarks that want a real server of their own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createPool } from '#platform/postgres/index.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { preparePostgresPlace, type PostgresPlace } from './postgres-place.ts'
import { endLeftover, processesInFolder, processIdentity, sendSignal, waitUntil } from './process-identity.ts'
import { readJson, writeJson } from './state-file.ts'
import { StartFailed } from './start-failed.ts'

/** A server that this process started. */
export interface EmbeddedServer {
  url: string
  pid: number
  port: number
  /** Resolves when the server has ended, however that came. */
  exited: Promise<void>
  /** Ends it in order; safe to call twice. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The cluster is `<dataFolder>/postgres`; its port and password stay in `<dataFolder>/postgres.json`. */
  dataFolder: string
  /** This port and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** For tests: a crash of the machine may lose everything, a crash of the server nothing. Default: fsync on. */
  fast?: boolean
  /** Default: `<dataFolder>/log/postgres.log`. */
  logFile?: string
  /** More server settings, for example { max_connections: '400' }. */
  settings?: Record<string, string>
}

interface Kept {
  port: number
  password: string
}

const user = 'signalbox'
const database = 'signalbox'
const startTimeoutMs = 60_000

/** For a small machine; durable. Reasons: docs/decisions/0010-bootstrap-and-launcher.md. */
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '256MB',
  max_connections: '200',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  fsync: 'on',
  synchronous_commit: 'on',
  random_page_cost: '1.1',
  jit: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

const fastSettings: Record<string, string> = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '128MB' }

/**
 * Starts the cluster of this data folder, making it first when there is none, and taking over from a server that a killed
 * process left behind. Resolves when it accepts connections and the database `signalbox` exists.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedServer> {
  const place = preparePostgresPlace(options.dataFolder)
  const keptPath = join(options.dataFolder, 'postgres.json')
  const logFile = options.logFile ?? join(options.dataFolder, 'log', 'postgres.log')
  mkdirSync(dirname(logFile), { recursive: true })

  await endLeftoverServer(place.cluster)
  let kept = readJson<Kept>(keptPath)
  if (!isCluster(place.cluster)) {
    const password = randomBytes(24).toString('base64url')
    // Kept before the cluster exists: one whose password is lost would be of no use.
    kept = { port: 0, password }
    writeJson(keptPath, kept, 0o600)
    initialise(place, password)
  }
  if (!kept) throw new StartFailed(`${keptPath} is missing or broken: it holds the password of the Postgres in ${place.cluster}.`)
  refuseOtherVersion(place)

  const port = options.port === undefined ? await findFreePort(kept.port) : await requireFreePort(options.port)
  if (port !== kept.port) writeJson(keptPath, { ...kept, port }, 0o600)
  const child = await launch(
    place,
    port,
    logFile,
    { ...settings, ...(options.fast ? fastSettings : {}), ...options.settings },
    options.onSpawn,
  )
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    child.once('exit', () => resolve())
  })
  const urlOf = (name: string) => `postgres://${user}:${kept.password}@127.0.0.1:${port}/${name}`
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    // "Fast": open transactions are rolled back, connections closed, a checkpoint written.
    child.kill('SIGINT')
    const ended = await Promise.race([exited.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 15_000, false).unref())])
    if (!ended) child.kill('SIGQUIT')
    await exited
  }
  try {
    await ensureDatabase(urlOf('postgres'))
  } catch (error) {
    await stop()
    throw error
  }
  return { url: urlOf(database), pid: child.pid!, port, exited, stop }
}

function isCluster(cluster: string): boolean {
  // initdb writes this file near its end; a folder without it is what an interrupted initdb left.
  return existsSync(join(cluster, 'global', 'pg_control')) && existsSync(join(cluster, '.signalbox-complete'))
}

function initialise(place: PostgresPlace, password: string): void {
  for (const entry of readdirSync(place.cluster)) rmSync(join(place.cluster, entry), { recursive: true, force: true })
  const passwordFile = `${place.cluster}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (place.user) chownSync(passwordFile, place.user.uid, place.user.gid)
  try {
    const result = spawnSync(
      join(place.native, 'bin', 'initdb'),
      [
        ...['--pgdata', place.cluster, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8'],
        // Postgres' own C.UTF-8: the same order and case rules on every system, whatever locales it has.
        ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
        // The password is 192 random bits: stretching it would only make every connection slower.
        ...['--set', 'scram_iterations=1', '--no-instructions', '--no-sync'],
      ],
      { ...place.user, cwd: '/', env: serverEnvironment(), encoding: 'utf8' },
    )
    if (result.status !== 0) throw new StartFailed(`initdb failed: ${result.error?.message ?? `${result.stdout}\n${result.stderr}`.trim()}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  writeFileSync(join(place.cluster, '.signalbox-complete'), '')
}

function refuseOtherVersion(place: PostgresPlace): void {
  const made = readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  const here = place.majorVersion
  if (here !== made) {
    throw new StartFailed(
      `${place.cluster} was made by Postgres ${made}; this version of Signalbox brings Postgres ${here}. Dump it with Postgres ${made} and restore it, or use another data folder.`,
    )
  }
}

/** A server or single backends that outlived whoever started them. The cluster is not touched before all of them are gone. */
async function endLeftoverServer(cluster: string): Promise<void> {
  if (!existsSync(cluster)) return
  const folder = realpathSync(cluster)
  const pidFile = join(folder, 'postmaster.pid')
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0
  const identity = pid > 0 ? processIdentity(pid) : null
  // Elsewhere than on Linux the pid file is all there is; Postgres itself checks its shared memory before it starts.
  const isServer = identity !== null && (process.platform !== 'linux' || processesInFolder(folder).includes(pid))
  if (isServer) await endLeftover({ pid, identity }, { signal: 'SIGINT', graceMs: 10_000 })
  // A postmaster that was killed leaves backends which hold its shared memory, and no new one starts before they are gone.
  for (const backend of processesInFolder(folder)) sendSignal(backend, 'SIGKILL')
  await waitUntil(() => processesInFolder(folder).length === 0, 5_000)
  // The number in the file is another program's now: Postgres would take that for a running server.
  if (identity !== null && !isServer) rmSync(pidFile, { force: true })
}

async function launch(
  place: PostgresPlace,
  port: number,
  logFile: string,
  values: Record<string, string>,
  onSpawn: EmbeddedPostgresOptions['onSpawn'],
): Promise<ChildProcess> {
  const args = ['-D', place.cluster, '-p', String(port), ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const log = openSync(logFile, 'a')
  let child: ChildProcess
  try {
    // A group of its own, so that a terminal's Ctrl-C does not stop it before the workers have drained.
    child = spawn(join(place.native, 'bin', 'postgres'), args, {
      ...place.user,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
    })
  } finally {
    closeSync(log)
  }
  if (child.pid) onSpawn?.({ pid: child.pid, port })
  let failure: string | undefined
  child.once('error', (error) => {
    failure = error.message
  })
  child.once('exit', (code, signal) => {
    failure ??= `it ended with ${signal ?? `exit code ${code}`}`
  })
  const pidFile = join(place.cluster, 'postmaster.pid')
  const isReady = () => {
    if (failure) return true
    try {
      // The eighth line is the server's own word on its state; the first one tells whose file this is.
      const lines = readFileSync(pidFile, 'utf8').split('\n')
      return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready'
    } catch {
      return false
    }
  }
  const inTime = await waitUntil(isReady, startTimeoutMs)
  if (failure || !inTime) {
    child.kill('SIGQUIT')
    throw new StartFailed(
      `Postgres did not start: ${failure ?? `not ready after ${startTimeoutMs / 1000} s`}. The end of ${logFile}:\n${lastLines(logFile, 12)}`,
    )
  }
  return child
}

function lastLines(path: string, count: number): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}

/** The caller's PGHOST and friends must not reach the server or initdb. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env
  return { PATH, TMPDIR, LC_ALL: 'C' }
}

async function ensureDatabase(url: string): Promise<void> {
  const pool = createPool({ url, max: 1, applicationName: 'signalbox-launcher' })
  try {
    const { rowCount } = await pool.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await pool.query(`CREATE DATABASE ${database}`)
  } finally {
    await pool.end()
  }
}
