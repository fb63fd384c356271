// What `npm start` brings up, in order. Every step says what it does before it does it.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#platform/config/index.ts'
import { isUnavailable, migrate } from '#platform/postgres/index.ts'
import { seed, type Seeded } from '../../prisma/seed.ts'
import type { LauncherArguments } from './arguments.ts'
import { childEnvironment, probeAddress, publicAddress, root } from './environment.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { startEmbeddedRedis } from './embedded-redis.ts'
import { findFreePort } from './free-port.ts'
import { installFullServers, startFullServers, type FullServer } from './full-servers.ts'
import { keepServer } from './keep-server.ts'
import type { ProcessFile } from './process-file.ts'
import { waitUntilReady } from './readiness.ts'
import { createDeathReports } from './report-deaths.ts'
import { keptSecret } from './secrets.ts'
import type { Stack } from './stack.ts'
import { StartFailed } from './start-failed.ts'
import { readJson, writeJson } from './state-file.ts'
import { superviseProgram, type Program } from './supervise.ts'

export interface StartOptions {
  flags: LauncherArguments
  config: Config
  inherited: NodeJS.ProcessEnv
  dataFolder: string
  port: number
  processFile: ProcessFile
  /** Ids of processes that a killed launcher left; they have ended by now. */
  endedProcessIds: string[]
  stack: Stack
  say: (line: string) => void
  isStopping: () => boolean
  /** Called with the reason when a process keeps ending right after its start. */
  onCrashLoop: (reason: string) => void
  /** Called as soon as the database is seeded: what was made up just now is nowhere else. */
  onSeeded: (seeded: Seeded) => void
}

export interface Started {
  address: string
  seeded: Seeded
  env: NodeJS.ProcessEnv
  demoPort: number | undefined
  /** Starts one more program of the stack under supervision. */
  addProgram: (name: string, args: string[], extra?: Partial<Parameters<typeof superviseProgram>[0]>) => Program
}

/** Undefined when a stop came in between. */
export async function startStack(options: StartOptions): Promise<Started | undefined> {
  const { flags, config, dataFolder, port, processFile, stack, say, isStopping } = options
  const logFolder = join(dataFolder, 'log')
  mkdirSync(logFolder, { recursive: true })

  const fullServers = flags.full ? await installFullServers(options) : []
  if (isStopping()) return undefined
  const { databaseUrl, redisUrl, environment } = await startServers(options, fullServers)
  if (isStopping()) return undefined

  const reports = createDeathReports(databaseUrl)
  stack.closers.push(() => reports.close())
  await migrateAndSay(databaseUrl, say, isStopping)
  if (isStopping()) return undefined
  const seeded = await seed({ pool: reports.pool, config })
  options.onSeeded(seeded)
  for (const id of options.endedProcessIds) reports.report(id)

  const mailCatcherPort = config.SMTP_URL ? undefined : await keptPort(join(dataFolder, 'mail-catcher.json'))
  const demoPort = flags.demo ? await findFreePort() : undefined
  const loopbackPorts = [
    ...new Set([...config.SIGNALBOX_ALLOW_LOOPBACK_PORTS, ...flags.allowLoopbackPorts, ...(demoPort ? [demoPort] : [])]),
  ]
  const secret = config.SIGNALBOX_SECRET ?? keptSecret(dataFolder)
  const env = childEnvironment(options.inherited, flags.dev ? { ...config, NODE_ENV: 'development' } : config, dataFolder, {
    databaseUrl,
    redisUrl,
    secret,
    mailCatcherPort,
    loopbackPorts,
    fullServers: environment,
    port,
  })
  if (isStopping()) return undefined

  const addProgram: Started['addProgram'] = (name, args, extra = {}) =>
    superviseProgram({
      name,
      command: process.execPath,
      args: ['--max-semi-space-size=16', ...args],
      cwd: root,
      env,
      port: null,
      logFile: join(logFolder, `${name}.log`),
      processFile,
      say,
      onDeath: (id) => reports.report(id),
      onCrashLoop: options.onCrashLoop,
      ...extra,
    })

  say(`Starting ${count(flags.apis, 'API process', 'API processes')} and ${count(flags.workers, 'worker', 'workers')} ...`)
  if (mailCatcherPort !== undefined) {
    // For this machine alone, also when the API listens to others.
    stack.catcher = addProgram('mail-catcher', [workersEntry, '--roles', 'mail-catcher'], {
      port: mailCatcherPort,
      env: { ...env, HOST: '127.0.0.1' },
    })
  }
  const watch = flags.dev ? ['--watch', '--watch-preserve-output'] : []
  for (let number = 1; number <= flags.workers; number++) {
    stack.workers.push(addProgram(`worker-${number}`, [...watch, workersEntry, '--roles', 'all'], { withoutProcessId: flags.dev }))
  }
  for (let number = 1; number <= (flags.dev ? 1 : flags.apis); number++) {
    stack.apis.push(
      addProgram(`api-${number}`, flags.dev ? devServer(config.HOST, port) : [builtServer()], { port, withoutProcessId: flags.dev }),
    )
  }

  await waitUntilReady({ url: probeAddress(config.HOST, port), pool: reports.pool, workers: () => stack.workers, say, isStopping })
  return isStopping() ? undefined : { address: publicAddress(config.HOST, port), seeded, env, demoPort, addProgram }
}

function count(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`
}

// Whole paths, so that a list of processes tells which copy of the project each belongs to.
const workersEntry = join(root, 'workers/main.ts')

function builtServer(): string {
  const path = join(root, '.output/server/index.mjs')
  if (!existsSync(path)) throw new StartFailed(`${path} is missing. Build it with: npm run build`)
  return path
}

function devServer(host: string, port: number): string[] {
  return [join(root, 'node_modules/nuxt/bin/nuxt.mjs'), 'dev', '--host', host, '--port', String(port), '--no-fork']
}

async function startServers(
  options: StartOptions,
  fullServers: FullServer[],
): Promise<{ databaseUrl: string; redisUrl: string; environment: Record<string, string> }> {
  const { config, dataFolder, processFile, stack, say } = options
  const embedded = [
    ...(config.DATABASE_URL ? [] : ['Postgres']),
    ...(config.REDIS_URL ? [] : ['Redis']),
    ...fullServers.map(({ label }) => label),
  ]
  if (embedded.length > 0) say(`Starting ${embedded.join(', ').replace(/, ([^,]+)$/, ' and $1')} ...`)
  // All are waited for before an error is told, so that what did start is registered and can be stopped.
  const results = await Promise.allSettled([
    config.DATABASE_URL
      ? config.DATABASE_URL
      : keepServer({ name: 'postgres', processFile, say, start: (how) => startEmbeddedPostgres({ dataFolder, ...how }) }).then(
          (server) => (stack.postgres = server).url,
        ),
    config.REDIS_URL
      ? config.REDIS_URL
      : keepServer({
          name: 'redis',
          processFile,
          say,
          start: (how) => startEmbeddedRedis({ dataFolder, cache: config.SIGNALBOX_CACHE, say, ...how }),
        }).then((server) => (stack.redis = server).url),
    startFullServers(fullServers, options),
  ])
  const [database, redis, full] = results
  if (database.status === 'rejected') throw database.reason
  if (redis.status === 'rejected') throw redis.reason
  if (full.status === 'rejected') throw full.reason
  return { databaseUrl: database.value, redisUrl: redis.value, environment: full.value }
}

/** Waits for a database that is not there yet, and says so. */
async function migrateAndSay(url: string, say: (line: string) => void, isStopping: () => boolean): Promise<void> {
  const startedMs = Date.now()
  const heartbeat = setInterval(() => say(`  ... still migrating, ${Math.round((Date.now() - startedMs) / 1000)} s`), 3_000)
  try {
    for (let tries = 0; !isStopping(); tries++) {
      try {
        const applied = await migrate(url, join(root, 'prisma/migrations'))
        if (applied.length > 0) say(`Migrated the database: ${applied.join(', ')}`)
        return
      } catch (error) {
        if (!isUnavailable(error)) throw error
        if (tries % 6 === 0) say(`Waiting for Postgres at ${new URL(url).host}: ${(error as Error).message}`)
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  } finally {
    clearInterval(heartbeat)
  }
}

async function keptPort(path: string): Promise<number> {
  const kept = readJson<{ port: number }>(path)?.port
  const port = await findFreePort(kept)
  if (port !== kept) writeJson(path, { port })
  return port
}
