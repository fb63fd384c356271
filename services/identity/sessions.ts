// Sessions of operators: begun by a password, read with every request of the console, ended by signing out, a new password,
// disabling, or time.
import { appendAudit, type AuditRecord } from '#services/audit/index.ts'
import { transaction, type Pool } from '#platform/postgres/index.ts'
import { hashPassword } from '#platform/sealing/password-hash.ts'
import type { Session, SignIn } from '#shared/contracts/session.ts'
import { Fault } from '#shared/fault.ts'
import { parsePublicId, publicId } from '#shared/ids.ts'
import { updateOperator } from './manage-operators.repository.ts'
import type { AccessReader, OperatorAccess } from './operator-access.ts'
import type { CredentialRow, MembershipRow, OperatorRepository } from './operator.repository.ts'
import type { PasswordCheck } from './sign-in.ts'
import type { SessionStore, StoredSession } from './session-store.ts'

export interface Sessions {
  /** -> the id for the cookie. `before` is the session that this one replaces. */
  signIn(input: SignIn, client: { address: string; before?: string | undefined }): Promise<{ id: string; access: OperatorAccess }>
  /** The operator of a session that still holds; null otherwise. */
  read(id: string): Promise<OperatorAccess | null>
  /** The same, asked from aside: puts the session's idle end not off. For what goes on without requests, as streams do. */
  look(id: string): Promise<OperatorAccess | null>
  /** Faults: invalid (the current one is wrong), rate-limited. Every session ends; -> the id of the new one. */
  changePassword(access: OperatorAccess, input: { current: string; next: string }, address: string): Promise<string>
  /** Signs out. */
  end(id: string, access: OperatorAccess): Promise<void>
}

/** Sign-ins belong to no workspace. */
function entry(verb: 'begin' | 'end', access: OperatorAccess): AuditRecord {
  const subjectId = publicId('operator', access.operator.id)
  return { workspaceId: null, actor: actorOf(access), action: `session.${verb}`, subjectKind: 'operator', subjectId }
}

export function createSessions(deps: {
  pool: Pool
  store: SessionStore
  passwords: PasswordCheck
  repository: OperatorRepository
  access: AccessReader
}): Sessions {
  const { pool, store, passwords, repository, access } = deps

  /** null: the operator is gone or disabled, or has ended all sessions since. */
  async function operatorOf({ operatorId, epoch }: StoredSession): Promise<OperatorAccess | null> {
    const found = await access.read(operatorId)
    return found && !found.operator.disabled_at && found.operator.session_epoch === epoch ? found : null
  }

  return {
    async signIn({ email, password }, { address, before }) {
      const operator = await passwords.check(email, password, address)
      const found = await repository.findAccess(operator.id)
      if (!found) throw new Fault('unauthenticated', 'The email address and the password do not belong together.')
      // An id that somebody may have planted or seen before ends here.
      if (before) await store.end(before)
      const id = await store.begin(operator.id, operator.session_epoch)
      await transaction(pool, async (client) => {
        await repository.signedIn(client, operator.id)
        await appendAudit(client, { ...entry('begin', found), details: { address } })
      })
      return { id, access: found }
    },

    async read(id) {
      const session = await store.read(id)
      if (!session) return null
      const found = await operatorOf(session)
      if (!found) await store.end(id)
      return found
    },

    async look(id) {
      const session = await store.peek(id)
      return session && operatorOf(session)
    },

    async changePassword({ operator }, { current, next }, address) {
      const checked = await passwords.check(operator.email, current, address).catch((error: unknown) => {
        if (!(error instanceof Fault) || error.code !== 'unauthenticated') throw error
        throw new Fault('invalid', 'The body is not valid.', { errors: [{ path: '/current', message: 'is not your current password' }] })
      })
      const passwordHash = await hashPassword(next)
      const epoch = await transaction(pool, async (client) => {
        await updateOperator(client, checked.id, { passwordHash, endSessions: true })
        const subjectId = publicId('operator', checked.id)
        const subject = { subjectKind: 'operator', subjectId, details: { name: operator.name } }
        await appendAudit(client, {
          workspaceId: null,
          actor: actorOf({ operator, memberships: [] }),
          action: 'operator.change-password',
          ...subject,
        })
        return checked.session_epoch + 1
      })
      access.forget()
      return store.begin(checked.id, epoch)
    },

    async end(id, found) {
      await store.end(id)
      await appendAudit(pool, entry('end', found))
    },
  }
}

/** What was typed is not kept: people type passwords into the wrong field. */
export function refusedEntry(found: CredentialRow | undefined, address: string): AuditRecord {
  return {
    workspaceId: null,
    actor: { kind: 'system', id: 'public', name: 'somebody' },
    action: 'session.refuse',
    subjectKind: 'operator',
    subjectId: found ? publicId('operator', found.id) : 'unknown',
    details: { address, ...(found ? { name: found.name, disabled: found.disabled_at !== null } : {}) },
  }
}

/** The operator as the audit names it. */
export function actorOf({ operator }: OperatorAccess) {
  return { kind: 'operator', id: publicId('operator', operator.id), name: operator.name } as const
}

/**
 * The workspace that a request names by id or key, the first one without a name; undefined for an operator who has none.
 * Throws 'not-found' for an unknown one and for one that the operator does not belong to: nobody learns which it was.
 */
export function chosenMembership({ memberships }: OperatorAccess, named: string | undefined): MembershipRow | undefined {
  if (named === undefined || named === '') return memberships[0]
  const uuid = parsePublicId('workspace', named) ?? named
  const found = memberships.find((membership) => membership.workspace_id === uuid || membership.key === named)
  if (!found) throw new Fault('not-found', 'There is no such workspace, or you do not belong to it.')
  return found
}

/** What GET /session answers. */
export function sessionView(access: OperatorAccess, chosen: MembershipRow | undefined): Session {
  const { operator, memberships } = access
  return {
    operator: {
      id: publicId('operator', operator.id),
      name: operator.name,
      email: operator.email,
      role: chosen?.role ?? null,
      instance: operator.instance,
    },
    workspaces: memberships.map(({ workspace_id, key, name, role }) => ({ id: publicId('workspace', workspace_id), key, name, role })),
  }
}
