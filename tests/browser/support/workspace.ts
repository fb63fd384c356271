// A workspace of its own for each file of browser tests, so that its counts are its own.
import { randomBytes } from 'node:crypto'
import type { Pool } from '#platform/postgres/index.ts'
import { newUuid } from '#shared/ids.ts'
import { insertKey } from '../../../prisma/seed.ts'
import { createApiClient, type ApiCall } from '../../support/api-client.ts'

export interface TestWorkspace {
  id: string
  key: string
  apiKey: string
  /** Calls with its key: `api('POST', '/events', { ... })`. */
  api: ApiCall
}

/** The first workspace's admin is its admin too. */
export async function addWorkspace(pool: Pool, url: string, adminEmail: string): Promise<TestWorkspace> {
  const id = newUuid()
  const key = `w-${id.slice(-12)}`
  const apiKey = `sb_${randomBytes(24).toString('base64url')}`
  await pool.query('INSERT INTO workspace (id, key, name) VALUES ($1, $2, $3)', [id, key, `Test ${id.slice(-4)}`])
  await pool.query("INSERT INTO membership (workspace_id, operator_id, role) SELECT $1, id, 'admin' FROM operator WHERE email = $2", [
    id,
    adminEmail,
  ])
  await insertKey(pool, id, apiKey, 'Of a test')
  return { id, key, apiKey, api: createApiClient(url, apiKey).call }
}
