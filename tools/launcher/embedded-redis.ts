// A Redis of our own: for `npm start`, and for tests and benchmarks.
import { mkdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import type { EmbeddedServer } from './embedded-postgres.ts'
import { findFreePort, requireFreePort } from './free-port.ts'
import { endLeftover } from './process-identity.ts'
import { findRedisProgram } from './redis-program.ts'
import { startServerProcess, type KeptProcess } from './server-process.ts'
import { readJson, writeJson } from './state-file.ts'

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

interface Kept extends KeptProcess {
  port: number
}

const startTimeoutMs = 30_000

/** Starts the Redis of this data folder, taking over from one that a killed process left behind. Resolves when it answers. */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedServer> {
  const folder = join(options.dataFolder, 'redis')
  const keptPath = join(options.dataFolder, 'redis.json')
  const logFile = options.logFile ?? join(options.dataFolder, 'log', 'redis.log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const program = await findRedisProgram({ cache: options.cache ?? process.env.SIGNALBOX_CACHE, say: options.say ?? (() => {}) })

  const kept = readJson<Kept>(keptPath)
  if (kept) await endLeftover(kept, { graceMs: 5_000 })
  const port = options.port === undefined ? await findFreePort(kept?.port) : await requireFreePort(options.port)

  return startServerProcess({
    name: 'Redis',
    command: program.path,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no'],
      ...['--appendonly', options.fast ? 'no' : 'yes', '--appendfsync', 'everysec', '--save', ''],
      // A queue that loses jobs to save memory would be worse than one that says no.
      ...['--maxmemory-policy', 'noeviction'],
    ],
    cwd: folder,
    env: { ...process.env, ...program.env },
    ...{ logFile, port, startTimeoutMs, onSpawn: options.onSpawn },
    url: `redis://127.0.0.1:${port}`,
    keep: (process) => writeJson(keptPath, { port, ...process } satisfies Kept),
    isReady: () => answersPing(port),
  })
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
