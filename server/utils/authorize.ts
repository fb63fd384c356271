// Who calls, and may they. Denied by default: an operation without a policy does not exist (tests/unit of the operations).
import type { Operation } from '#shared/contracts/operations/operation.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { mayCall, type Principal } from '#services/identity/index.ts'
import { Fault } from '#shared/fault.ts'
import type { App } from './app.ts'

export interface Caller {
  workspaceId: string
  actor: Actor
  /** Not there for recipients. */
  principal?: Principal
}

const bearer = /^Bearer +([\x21-\x7e]{1,4096})$/i

/** The token of an Authorization header. Throws Fault 'unauthenticated'. */
export function bearerToken(header: string | undefined): string {
  const token = header === undefined ? undefined : bearer.exec(header)?.[1]
  if (!token) throw new Fault('unauthenticated', 'Send `Authorization: Bearer ...`.')
  return token
}

/** Caller of an operation, or null for public ones. Throws 'unauthenticated', 'forbidden' or 'rate-limited'. */
export async function authorize(app: App, header: string | undefined, op: Pick<Operation, 'auth' | 'method'>): Promise<Caller | null> {
  if (op.auth === 'public') return null
  if (op.auth === 'recipient') {
    const identity = await app.services.inbox.tokens.verify(bearerToken(header))
    return { workspaceId: identity.workspaceId, actor: { kind: 'recipient', id: identity.recipientId, name: identity.recipientId } }
  }
  const token = bearerToken(header)
  const principal = app.services.identity.cached(token) ?? (await app.services.identity.authenticate(token))
  if (!principal) throw new Fault('unauthenticated', 'This API key is not known, expired or revoked.')
  if (!mayCall(principal, { scope: op.auth.scope, method: op.method })) {
    throw new Fault('forbidden', `This needs the scope ${op.auth.scope}.`)
  }
  if (principal.rate) await app.rateLimits.take(principal.actor.id, principal.rate)
  return { workspaceId: principal.workspaceId, actor: principal.actor, principal }
}
