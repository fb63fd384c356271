// operator and membership rows. An operator belongs to the instance, not to a workspace; roles are per workspace.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { OperatorRole } from '#shared/roles.ts'

export interface OperatorRow {
  id: string
  email: string
  name: string
  instance: boolean
  session_epoch: number
  disabled_at: Date | null
}

export interface CredentialRow extends OperatorRow {
  password_hash: string
}

export interface MembershipRow {
  workspace_id: string
  key: string
  name: string
  role: OperatorRole
}

const columns = 'id, email, name, instance, session_epoch, disabled_at'

export function createOperatorRepository(pool: Pool) {
  return {
    /** By the address as people type it: case does not matter. */
    async findCredential(email: string): Promise<CredentialRow | undefined> {
      const { rows } = await pool.query<CredentialRow>(
        `SELECT ${columns}, password_hash FROM operator WHERE lower(email) = lower($1) ORDER BY (email = $1) DESC, id LIMIT 1`,
        [email],
      )
      return rows[0]
    },

    async findAccess(id: string): Promise<{ operator: OperatorRow; memberships: MembershipRow[] } | undefined> {
      const { rows } = await pool.query<OperatorRow & { memberships: MembershipRow[] }>({
        name: 'operator-access',
        text: `SELECT ${columns}, (
                 SELECT coalesce(json_agg(json_build_object('workspace_id', w.id, 'key', w.key, 'name', w.name, 'role', m.role)
                                          ORDER BY w.created_at, w.id), '[]')
                 FROM membership m JOIN workspace w ON w.id = m.workspace_id WHERE m.operator_id = operator.id) AS memberships
               FROM operator WHERE id = $1`,
        values: [id],
      })
      if (!rows[0]) return undefined
      const { memberships, ...operator } = rows[0]
      return { operator, memberships }
    },

    async signedIn(client: PoolClient, id: string): Promise<void> {
      await client.query('UPDATE operator SET last_sign_in_at = now() WHERE id = $1', [id])
    },
  }
}

export type OperatorRepository = ReturnType<typeof createOperatorRepository>
