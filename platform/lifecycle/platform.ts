// What every process stands on, opened in one place and closed in one order.
import { config as readConfig, type Config } from '#platform/config/index.ts'
import { createPool, isUnavailable, type Pool } from '#platform/postgres/index.ts'
import type { PrismaClient } from '#platform/postgres/prisma.ts'
import { createRedis, type Redis } from '#platform/redis/index.ts'
import { createCounters, type Counters } from '#platform/telemetry/counters.ts'
import { createLog, type Log } from '#platform/telemetry/log.ts'
import { armFailPoints } from './fail-points.ts'

export interface Platform {
  config: Config
  log: Log
  /** For everything but the path. */
  pool: Pool
  /** For the path's prepared statements: plans pinned. */
  hot: Pool
  /** For `start` only: its loss in a database crash is harmless. */
  lazy: Pool
  /** For commands; fails fast while Redis is away. */
  redis: Redis
  /** Opened at its first use: it takes 40 MB, and most processes never ask. */
  prisma(): Promise<PrismaClient>
  /** What this process has done, for the live picture. */
  counters: Counters
  close(): Promise<void>
}

/** Opens the platform. Waits for Postgres, and says what it waits for; throws when DATABASE_URL or REDIS_URL is missing. */
export async function openPlatform(options: {
  name: string
  /** Where its statements count; a worker's by default. */
  side?: 'api' | 'worker'
  poolSize?: number
  hotPoolSize?: number
  config?: Config
}): Promise<Platform> {
  const config = options.config ?? readConfig()
  armFailPoints(config)
  const log = createLog({ level: config.LOG_LEVEL, name: options.name })
  if (!config.DATABASE_URL || !config.REDIS_URL)
    throw new Error('DATABASE_URL and REDIS_URL must be set here; `npm start` sets them for the embedded stack.')
  const url = config.DATABASE_URL
  const counters = createCounters()
  const { pool: read, path } = statementPlaces(options.side ?? 'worker')
  const pool = createPool({ url, max: options.poolSize ?? 10, applicationName: options.name, counts: counters.place(read) })
  const hot = createPool({
    url,
    max: options.hotPoolSize ?? 10,
    applicationName: `${options.name}-hot`,
    hot: true,
    counts: counters.place(path),
  })
  const lazy = createPool({
    url,
    max: 4,
    applicationName: `${options.name}-lazy`,
    hot: true,
    asynchronousCommit: true,
    counts: counters.place(path),
  })
  await waitForPostgres(pool, log)
  const redis = createRedis({ url: config.REDIS_URL, name: options.name, log })
  let prisma: Promise<PrismaClient> | undefined
  return {
    config,
    log,
    pool,
    hot,
    lazy,
    redis,
    prisma: () => (prisma ??= import('#platform/postgres/prisma.ts').then(({ createPrisma }) => createPrisma(url))),
    counters,
    async close() {
      redis.disconnect()
      await Promise.allSettled([prisma?.then((client) => client.$disconnect()), pool.end(), hot.end(), lazy.end()])
    },
  }
}

/** The path's statements of an API process are its commits of events; everything else it asks is reading. */
function statementPlaces(side: 'api' | 'worker'): { pool: string; path: string } {
  return side === 'api' ? { pool: 'postgres.read', path: 'postgres.accept' } : { pool: 'postgres.workers', path: 'postgres.workers' }
}

async function waitForPostgres(pool: Pool, log: Log): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await pool.query('SELECT 1')
      return
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (tries % 10 === 0) log.warn({ error: (error as Error).message }, 'waiting for Postgres')
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
