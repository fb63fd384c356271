// A Redis of our own: for `npm start`, and for tests and benchmarks.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname, join } from 'node:path'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { endLeftover, processIdentity, waitUntil } from './process-identity.ts'
import { findRedisProgram } from './redis-program.ts'
import { readJson, writeJson } from './state-file.ts'
import { StartFailed } from './start-failed.ts'

export interface EmbeddedRedisOptions {
  /** Its files are in `<dataFolder>/redis`, its port and pid in `<dataFolder>/redis.json`. */
  dataFolder: string
  /** This port and no other; default: the one used last when it is free, else a random free one. */
  port?: number
  /** Called as soon as there is a process, before it is ready. */
  onSpawn?: (server: { pid: number; port: number }) => void
  /** Where a download is kept for all data folders; default: SIGNALBOX_CACHE, else the user's cache folder. */
  cache?: string
  /** Default: `<dataFolder>/log/redis.log`. */
  logFile?: string
  /** For tests: nothing is written to disk. Default: append-only file, synced every second. */
  fast?: boolean
  /** Gets progress lines. */
  say?: (line: string) => void
}

interface Kept {
  port: number
  pid: number
  identity: string
}

const startTimeoutMs = 30_000

/** Starts the Redis of this data folder, taking over from one that a killed process left behind. Resolves when it answers. */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedServer> {
  const folder = join(options.dataFolder, 'redis')
  const keptPath = join(options.dataFolder, 'redis.json')
  const logFile = options.logFile ?? join(options.dataFolder, 'log', 'redis.log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  mkdirSync(dirname(logFile), { recursive: true })
  const program = await findRedisProgram({ cache: options.cache ?? process.env.SIGNALBOX_CACHE, say: options.say ?? (() => {}) })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 5_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)

  const log = openSync(logFile, 'a')
  // A group of its own, so that a terminal's Ctrl-C does not stop it before the workers have drained.
  const child = spawn(
    program.path,
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'],
      ...['--appendonly', options.fast ? 'no' : 'yes', '--appendfsync', 'everysec', '--save', ''],
      // A queue that loses jobs to save memory would be worse than one that says no.
      ...['--maxmemory-policy', 'noeviction'],
    ],
    { cwd: folder, env: { ...process.env, ...program.env }, stdio: ['ignore', log, log], detached: true },
  )
  closeSync(log)
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
  if (child.pid) {
    writeJson(keptPath, { port, pid: child.pid, identity: processIdentity(child.pid) ?? '' } satisfies Kept)
    options.onSpawn?.({ pid: child.pid, port })
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const ended = await Promise.race([exited.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 10_000, false).unref())])
    if (!ended) child.kill('SIGKILL')
    await exited
  }
  const inTime = await waitUntil(async () => failure !== undefined || (await answersPing(port)), startTimeoutMs)
  if (failure || !inTime) {
    await stop()
    const tail = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : ''
    throw new StartFailed(
      `Redis did not start: ${failure ?? `no answer after ${startTimeoutMs / 1000} s`}. The end of ${logFile}:\n${tail}`,
    )
  }
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid!, port, exited, stop }
}

/** While it reads its file back it answers -LOADING, which is not ready. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.once('error', () => done(false))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')))
  })
}
