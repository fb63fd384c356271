// A second workspace in a running product, with a key of its own: those that the API makes are keys of the caller's workspace.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPool } from '#platform/postgres/index.ts'
import { newUuid } from '#shared/ids.ts'
import { insertKey } from '../../prisma/seed.ts'
import type { Product } from './product.ts'

/** An API key with all scopes in a workspace of its own, that owns nothing of the instance. */
export async function addWorkspace(product: Product): Promise<{ apiKey: string }> {
  const { password } = JSON.parse(await readFile(join(product.dataFolder, 'postgres.json'), 'utf8')) as { password: string }
  const port = (await product.processes()).find((entry) => entry.name === 'postgres')?.port
  const pool = createPool({ url: `postgres://signalbox:${password}@127.0.0.1:${port}/signalbox`, max: 1, applicationName: 'test' })
  try {
    const workspaceId = newUuid()
    const apiKey = `sb_${randomBytes(24).toString('base64url')}`
    await pool.query('INSERT INTO workspace (id, key, name) VALUES ($1, $2, $3)', [workspaceId, `w-${workspaceId.slice(-12)}`, 'Another'])
    await insertKey(pool, workspaceId, apiKey, 'Another')
    await pool.query('UPDATE api_key SET instance = false WHERE workspace_id = $1', [workspaceId])
    return { apiKey }
  } finally {
    await pool.end()
  }
}
