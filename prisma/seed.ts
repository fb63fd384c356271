// What a fresh database needs before anybody can use it: a workspace, an operator, an API key, one workflow to play with.
// Safe to run at every start and by several processes at once; what is there already is left as it is.
import { randomBytes } from 'node:crypto'
import { parseConfig, type Config } from '#platform/config/index.ts'
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { hashPassword } from '#platform/sealing/password-hash.ts'
import { hashKey, newKeySecret } from '#services/identity/index.ts'
import { scopes } from '#shared/contracts/scope.ts'
import { newUuid } from '#shared/ids.ts'
import { welcomeWorkflow } from './welcome-workflow.ts'

export interface Seeded {
  workspaceId: string
  operator: {
    email: string
    /** Only when it was made up just now: it is stored as a hash and cannot be shown again. */
    password: string | undefined
    isNew: boolean
  }
  /** Only when it was made up just now. */
  apiKey: string | undefined
}

const workspaceKey = 'production'
const defaultEmail = parseConfig({}).SIGNALBOX_ADMIN_EMAIL
/** Any number that nothing else locks; held until the transaction ends. */
const seedLock = 72_707_370

/** Makes what is missing, in one transaction. */
export async function seed(deps: {
  pool: Pool
  config: Pick<Config, 'SIGNALBOX_ADMIN_EMAIL' | 'SIGNALBOX_ADMIN_PASSWORD' | 'SIGNALBOX_API_KEY'>
}): Promise<Seeded> {
  return transaction(deps.pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [seedLock])
    const { id: workspaceId, isNew } = await ensureWorkspace(client)
    const operator = await ensureOperator(client, workspaceId, deps.config)
    const apiKey = await ensureApiKey(client, workspaceId, deps.config.SIGNALBOX_API_KEY)
    // Only with the workspace: a person who deleted the example does not want it back at the next start.
    if (isNew) await publishWelcome(client, workspaceId)
    return { workspaceId, operator, apiKey }
  })
}

async function ensureWorkspace(client: PoolClient): Promise<{ id: string; isNew: boolean }> {
  const found = await client.query<{ id: string }>('SELECT id FROM workspace WHERE key = $1', [workspaceKey])
  if (found.rows[0]) return { id: found.rows[0].id, isNew: false }
  const id = newUuid()
  await client.query('INSERT INTO workspace (id, key, name) VALUES ($1, $2, $3)', [id, workspaceKey, 'Production'])
  return { id, isNew: true }
}

async function ensureOperator(
  client: PoolClient,
  workspaceId: string,
  config: Pick<Config, 'SIGNALBOX_ADMIN_EMAIL' | 'SIGNALBOX_ADMIN_PASSWORD'>,
): Promise<Seeded['operator']> {
  const email = config.SIGNALBOX_ADMIN_EMAIL
  const found = await client.query<{ email: string }>('SELECT email FROM operator ORDER BY (email = $1) DESC, id LIMIT 1', [email])
  const first = found.rows[0]?.email
  // Another operator is enough when no address was asked for: a start without variables must not add an administrator.
  if (first !== undefined && (first === email || email === defaultEmail)) return { email: first, password: undefined, isNew: false }
  // Whoever sets the environment owns the instance.
  const made = config.SIGNALBOX_ADMIN_PASSWORD ? undefined : randomBytes(15).toString('base64url')
  const id = newUuid()
  await client.query('INSERT INTO operator (id, email, name, password_hash, instance) VALUES ($1, $2, $3, $4, true)', [
    id,
    email,
    'Administrator',
    await hashPassword(config.SIGNALBOX_ADMIN_PASSWORD ?? made!),
  ])
  await client.query('INSERT INTO membership (workspace_id, operator_id, role) VALUES ($1, $2, $3)', [workspaceId, id, 'admin'])
  return { email, password: made, isNew: true }
}

async function ensureApiKey(client: PoolClient, workspaceId: string, given: string | undefined): Promise<string | undefined> {
  if (given) {
    await insertKey(client, workspaceId, given, 'From the environment')
    return undefined
  }
  const { rowCount } = await client.query('SELECT 1 FROM api_key WHERE workspace_id = $1 LIMIT 1', [workspaceId])
  if (rowCount) return undefined
  const made = newKeySecret()
  await insertKey(client, workspaceId, made, 'First key')
  return made
}

/** Adds a key with all scopes, for the instance too; one that is known stays as it is, also when it was revoked meanwhile. */
export async function insertKey(client: Pick<PoolClient, 'query'>, workspaceId: string, secret: string, name: string): Promise<void> {
  await client.query(
    'INSERT INTO api_key (id, workspace_id, name, prefix, hash, scopes, instance) VALUES ($1, $2, $3, $4, $5, $6, true) ON CONFLICT (hash) DO NOTHING',
    [newUuid(), workspaceId, name, secret.slice(0, 9), hashKey(secret), [...scopes]],
  )
}

async function publishWelcome(client: PoolClient, workspaceId: string): Promise<void> {
  const { key, ...definition } = welcomeWorkflow
  const id = newUuid()
  await client.query(
    'INSERT INTO workflow (id, workspace_id, key, draft, draft_version, published_version) VALUES ($1, $2, $3, $4, 1, 1)',
    [id, workspaceId, key, JSON.stringify(definition)],
  )
  await client.query('INSERT INTO workflow_version (workflow_id, version, definition) VALUES ($1, 1, $2)', [id, JSON.stringify(definition)])
  await client.query('UPDATE workspace SET config_revision = config_revision + 1 WHERE id = $1', [workspaceId])
}
