// A platform over a database and a Redis of the file's own, with a workspace and an API key in it.
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { parseConfig } from '#platform/config/index.ts'
import { openPlatform, type Platform } from '#platform/lifecycle/platform.ts'
import { newUuid } from '#shared/ids.ts'
import { insertKey } from '../../prisma/seed.ts'
import { createTestDatabase } from './test-database.ts'

export interface TestPlatform extends Platform {
  workspaceId: string
  /** All scopes, of that workspace. */
  apiKey: string
  /** Another workspace with a key of its own: for tests of who may see what. */
  addWorkspace(): Promise<{ workspaceId: string; apiKey: string }>
  /** Closes everything and drops the database; throws when a test left a Postgres connection open. */
  close(): Promise<void>
}

/** `environment` adds to or replaces what the configuration is parsed from. */
export async function openTestPlatform(options: { name?: string; environment?: Record<string, string> } = {}): Promise<TestPlatform> {
  const database = await createTestDatabase()
  const config = parseConfig({
    NODE_ENV: 'test',
    DATABASE_URL: database.url,
    REDIS_URL: ownRedisUrl(),
    SIGNALBOX_SECRET: 'a secret of the tests, long enough for the schema',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    ...options.environment,
  })
  const platform = await openPlatform({ name: options.name ?? 'test', poolSize: 6, hotPoolSize: 6, config })
  if (platform.redis.status !== 'ready') await new Promise<void>((resolve) => platform.redis.once('ready', () => resolve()))
  await platform.redis.flushdb()

  const addWorkspace = async () => {
    const workspaceId = newUuid()
    const apiKey = `sb_${randomBytes(24).toString('base64url')}`
    await platform.pool.query('INSERT INTO workspace (id, key, name) VALUES ($1, $2, $3)', [
      workspaceId,
      `w-${workspaceId.slice(-12)}`,
      'Test',
    ])
    await insertKey(platform.pool, workspaceId, apiKey, 'Test')
    return { workspaceId, apiKey }
  }
  return {
    ...platform,
    ...(await addWorkspace()),
    addWorkspace,
    async close() {
      await platform.close()
      await database.drop()
    },
  }
}

/** Redis has 16 databases; a vitest worker runs one file at a time, so each worker gets its own. */
export function ownRedisUrl(): string {
  const worker = Number(process.env.VITEST_POOL_ID ?? 1)
  return `${inject('redisUrl')}/${worker % 16}`
}
