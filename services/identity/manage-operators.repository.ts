// Operators as those see them who manage them.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { OperatorRole } from '#shared/roles.ts'
import type { MembershipRow } from './operator.repository.ts'

export interface ManagedRow {
  id: string
  email: string
  name: string
  instance: boolean
  disabled_at: Date | null
  created_at: Date
  last_sign_in_at: Date | null
  memberships: MembershipRow[]
}

const columns = `id, email, name, instance, disabled_at, created_at, last_sign_in_at, (
  SELECT coalesce(json_agg(json_build_object('workspace_id', w.id, 'key', w.key, 'name', w.name, 'role', m.role) ORDER BY w.created_at, w.id), '[]')
  FROM membership m JOIN workspace w ON w.id = m.workspace_id WHERE m.operator_id = operator.id) AS memberships`

/** Members of a workspace, or everybody when it is null. Oldest first; `after` = the id of the last one of the page before. */
export async function listOperators(pool: Pool, workspaceId: string | null, after: string | null, count: number): Promise<ManagedRow[]> {
  const { rows } = await pool.query<ManagedRow>(
    `SELECT ${columns} FROM operator
     WHERE ($1::uuid IS NULL OR EXISTS (SELECT 1 FROM membership m WHERE m.operator_id = operator.id AND m.workspace_id = $1))
       AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    [workspaceId, after, count],
  )
  return rows
}

export async function findOperator(client: Pool | PoolClient, id: string): Promise<ManagedRow | undefined> {
  const { rows } = await client.query<ManagedRow>(`SELECT ${columns} FROM operator WHERE id = $1`, [id])
  return rows[0]
}

/** Locked until the transaction ends: changes of one operator follow one another. */
export async function lockOperator(client: PoolClient, id: string): Promise<ManagedRow | undefined> {
  const { rowCount } = await client.query('SELECT 1 FROM operator WHERE id = $1 FOR UPDATE', [id])
  return rowCount ? findOperator(client, id) : undefined
}

/** Ids of the owners that may act, locked, so that two of them cannot remove each other at the same time. */
export async function lockOwners(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM operator WHERE instance AND disabled_at IS NULL ORDER BY id FOR UPDATE',
  )
  return rows.map((row) => row.id)
}

/** False when the address is taken. */
export async function insertOperator(
  client: PoolClient,
  operator: { id: string; email: string; name: string; passwordHash: string; instance: boolean },
): Promise<boolean> {
  // Addresses differ by more than case; the lock makes two at once find each other.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('operator ' || lower($1), 0))", [operator.email])
  const { rowCount } = await client.query(
    `INSERT INTO operator (id, email, name, password_hash, instance)
     SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM operator WHERE lower(email) = lower($2))`,
    [operator.id, operator.email, operator.name, operator.passwordHash, operator.instance],
  )
  return rowCount === 1
}

/** Fields left out stay. `endSessions` ends those of the operator, everywhere within seconds. */
export async function updateOperator(
  client: PoolClient,
  id: string,
  change: { name?: string | undefined; instance?: boolean | undefined; disabled?: boolean; passwordHash?: string; endSessions?: boolean },
): Promise<void> {
  await client.query(
    `UPDATE operator SET name = coalesce($2, name), instance = coalesce($3, instance), password_hash = coalesce($4, password_hash),
       disabled_at = CASE $5::boolean WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL ELSE disabled_at END,
       session_epoch = session_epoch + $6 WHERE id = $1`,
    [id, change.name ?? null, change.instance ?? null, change.passwordHash ?? null, change.disabled ?? null, change.endSessions ? 1 : 0],
  )
}

export async function setRole(client: PoolClient, workspaceId: string, operatorId: string, role: OperatorRole | null): Promise<void> {
  if (role === null) {
    await client.query('DELETE FROM membership WHERE workspace_id = $1 AND operator_id = $2', [workspaceId, operatorId])
    return
  }
  await client.query(
    `INSERT INTO membership (workspace_id, operator_id, role) VALUES ($1, $2, $3)
     ON CONFLICT (workspace_id, operator_id) DO UPDATE SET role = EXCLUDED.role`,
    [workspaceId, operatorId, role],
  )
}

export async function deleteOperator(client: PoolClient, id: string): Promise<void> {
  await client.query('DELETE FROM operator WHERE id = $1', [id])
}
