// Identity: who calls. A key is a random secret of one workspace with scopes; a principal is whoever a valid credential stands
// for; a scope is what it may do. Keys are kept as SHA-256, shown once, revoked everywhere within five seconds.
// An operator is a person with a role in each workspace; a session is a signed-in operator; the owners of the instance also reach
// what belongs to no workspace.
import type { Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { appendAudit } from '#services/audit/index.ts'
import { createApiKeyRepository } from './api-key.repository.ts'
import { createKeyAuthenticator, type KeyAuthenticator } from './authenticate-key.ts'
import { createManageKeys, type ManageKeys } from './manage-keys.ts'
import { createManageOperators, type ManageOperators } from './manage-operators.ts'
import { createManageWorkspaces, type ManageWorkspaces } from './manage-workspaces.ts'
import { createAccessReader } from './operator-access.ts'
import { createOperatorRepository } from './operator.repository.ts'
import { createSessions, refusedEntry, type Sessions } from './sessions.ts'
import { createSessionStore } from './session-store.ts'
import { createPasswordCheck, type SignInLimits } from './sign-in.ts'

export { mayCall, neededRole, refusalOf, type Principal, type RateLimit } from './policy.rules.ts'
export { hashKey } from './authenticate-key.ts'
export { newKeySecret } from './manage-keys.ts'
export type { OperatorAccess } from './operator-access.ts'
export { actorOf, chosenMembership, sessionView } from './sessions.ts'

export interface Identity extends Pick<KeyAuthenticator, 'cached' | 'authenticate' | 'close'> {
  keys: ManageKeys
  sessions: Sessions
  operators: ManageOperators
  workspaces: ManageWorkspaces
}

/** What tests shorten. */
export interface IdentityOptions {
  idleMs?: number
  absoluteMs?: number
  signInLimits?: SignInLimits
}

export function createIdentity(deps: { pool: Pool; redis: Redis; log: Log; options?: IdentityOptions }): Identity {
  const { pool, redis, log, options = {} } = deps
  const keyRows = createApiKeyRepository(pool)
  const authenticator = createKeyAuthenticator({ repository: keyRows, log })
  const keys = createManageKeys({ pool, repository: keyRows, forget: authenticator.forget })
  const repository = createOperatorRepository(pool)
  const access = createAccessReader({ repository })
  const sessions = createSessions({
    pool,
    repository,
    access,
    store: createSessionStore({ redis, ...options }),
    passwords: createPasswordCheck({
      redis,
      repository,
      onRefused: (found, address) => appendAudit(pool, refusedEntry(found, address)),
      ...(options.signInLimits ? { limits: options.signInLimits } : {}),
    }),
  })
  const managing = { pool, forget: access.forget }
  return {
    cached: authenticator.cached,
    authenticate: authenticator.authenticate,
    close: authenticator.close,
    keys,
    sessions,
    operators: createManageOperators(managing),
    workspaces: createManageWorkspaces(managing),
  }
}
