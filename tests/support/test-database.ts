// A database of its own for a test file, copied from the migrated template, or empty.
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { createPool } from '#platform/postgres/index.ts'
import { eventually } from './eventually.ts'
import { templateDatabase } from './shared-servers.ts'

export interface TestDatabase {
  url: string
  /** Drops it. Throws when somebody is still connected: a client that a test forgot to close. */
  drop(): Promise<void>
}

/** `empty` = without any table, for what migrates by itself. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const maintenanceUrl = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await maintain(maintenanceUrl, async (query) => {
    // Copying fails while another file copies the same template.
    await query('SELECT pg_advisory_lock(1)')
    // Without fsync copying files is several times faster than writing them through the log.
    await query(`CREATE DATABASE ${name} TEMPLATE ${options.empty ? 'template0' : templateDatabase} STRATEGY file_copy`)
  })
  const url = new URL(maintenanceUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () =>
      maintain(maintenanceUrl, async (query) => {
        const connections = async () =>
          (await query('SELECT application_name AS client, state, left(query, 100) AS query FROM pg_stat_activity WHERE datname = $1', [
            name,
          ])) as unknown[]
        let left: unknown[] = []
        // A client's end() resolves before its backend is gone.
        await eventually(async () => (left = await connections()).length === 0).catch(() => {})
        await query(`DROP DATABASE ${name} WITH (FORCE)`)
        if (left.length > 0) throw new Error(`Leaked ${left.length} Postgres connections: ${JSON.stringify(left)}`)
      }),
  }
}

async function maintain(url: string, work: (query: (sql: string, values?: unknown[]) => Promise<unknown>) => Promise<void>): Promise<void> {
  const pool = createPool({ url, max: 1, applicationName: 'tests' })
  try {
    await work(async (sql, values) => (await pool.query(sql, values)).rows)
  } finally {
    await pool.end()
  }
}
