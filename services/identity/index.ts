// Identity: who calls. A key is a random secret of one workspace with scopes; a principal is whoever a valid credential stands
// for; a scope is what it may do. Keys are kept as SHA-256, shown once, revoked everywhere within five seconds.
// Operators and their sessions join here as principals of kind 'operator', with a role instead of scopes.
import type { Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { createApiKeyRepository } from './api-key.repository.ts'
import { createKeyAuthenticator, type KeyAuthenticator } from './authenticate-key.ts'
import { createManageKeys, type ManageKeys } from './manage-keys.ts'

export { mayCall, type OperatorRole, type Principal, type RateLimit } from './policy.rules.ts'
export { hashKey } from './authenticate-key.ts'
export { newKeySecret } from './manage-keys.ts'

export interface Identity extends Pick<KeyAuthenticator, 'cached' | 'authenticate' | 'close'> {
  keys: ManageKeys
}

export function createIdentity(deps: { pool: Pool; log: Log }): Identity {
  const repository = createApiKeyRepository(deps.pool)
  const authenticator = createKeyAuthenticator({ repository, log: deps.log })
  const keys = createManageKeys({ pool: deps.pool, repository, forget: authenticator.forget })
  return { cached: authenticator.cached, authenticate: authenticator.authenticate, close: authenticator.close, keys }
}
