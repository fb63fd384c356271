// One Postgres and one Redis for the whole run (vitest's global setup), with a migrated template that test files copy.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createPool } from '#platform/postgres/index.ts'
import { migrate } from '#platform/postgres/migrate.ts'
import { startEmbeddedPostgres } from '../../tools/launcher/embedded-postgres.ts'
import { startEmbeddedRedis } from '../../tools/launcher/embedded-redis.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database: make and drop others from here. */
    postgresUrl: string
    redisUrl: string
  }
}

export const templateDatabase = 'signalbox_template'

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'signalbox-tests-'))
  const [postgres, redis] = await Promise.all([
    startEmbeddedPostgres({ dataFolder, fast: true, settings: { max_connections: '300', autovacuum_naptime: '60s' } }),
    startEmbeddedRedis({ dataFolder, fast: true, say: console.log }),
  ])
  await makeTemplate(postgres.url)
  project.provide('postgresUrl', postgres.url)
  project.provide('redisUrl', redis.url)
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()])
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function makeTemplate(postgresUrl: string): Promise<void> {
  const pool = createPool({ url: postgresUrl, max: 1, applicationName: 'tests' })
  await pool.query(`CREATE DATABASE ${templateDatabase}`)
  await pool.end()
  const url = new URL(postgresUrl)
  url.pathname = `/${templateDatabase}`
  await migrate(url.href, join(import.meta.dirname, '../../prisma/migrations'))
}
