// Prepares a database of your own: `DATABASE_URL=... node tools/migrate.ts`. Run before every new version; safe to run at any time,
// and by several hosts at once. Compose and Kubernetes run it as a step of its own; `npm start` does the same by itself.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { config as readConfig, ConfigError } from '#platform/config/index.ts'
import { createPool, isUnavailable, migrate } from '#platform/postgres/index.ts'
import { seed } from '../prisma/seed.ts'
import { keptSecret } from './launcher/secrets.ts'

const root = resolve(import.meta.dirname, '..')
const waitMs = 60_000

async function run(): Promise<void> {
  const config = readConfig()
  const url = config.DATABASE_URL
  if (!url) throw new ConfigError(['DATABASE_URL: must be set; `npm start` migrates its own database by itself'])
  const applied = await withPatience(() => migrate(url, join(root, 'prisma/migrations')))
  console.log(applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date.')

  const pool = createPool({ url, max: 1, applicationName: 'signalbox-migrate' })
  try {
    const { operator, apiKey } = await seed({ pool, config })
    if (operator.isNew)
      console.log(
        `Made the first operator: ${operator.email}${operator.password ? `, password ${operator.password} (shown this once)` : ''}`,
      )
    if (apiKey) console.log(`Made the first API key: ${apiKey} (shown this once)`)
  } finally {
    await pool.end()
  }
  // A volume that all containers share: the secret of this installation is made here and read by deploy/docker/entrypoint.sh.
  const folder = resolve(root, config.SIGNALBOX_DATA)
  if (!config.SIGNALBOX_SECRET && existsSync(folder)) keptSecret(folder)
}

/** A database container that has just been created may not listen yet. */
async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + waitMs
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) throw error
      if (tries % 5 === 0) console.log(`Waiting for Postgres: ${(error as Error).message}`)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}

try {
  await run()
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error)
  process.exitCode = 1
}
