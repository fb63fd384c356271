// Who calls, and may they. Denied by default: an operation without a policy does not exist (tests/unit of the operations).
import type { IncomingMessage } from 'node:http'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import { mayAct, workspaceHeader } from '#shared/roles.ts'
import { actorOf, chosenMembership, mayCall, refusalOf, type OperatorAccess, type Principal } from '#services/identity/index.ts'
import { Fault } from '#shared/fault.ts'
import type { App } from './app.ts'
import { requestTarget } from './request.ts'
import { isSameOrigin } from './same-origin.ts'
import { readSessionCookie } from './session-cookie.ts'

type Membership = OperatorAccess['memberships'][number]

export interface CallerSession {
  /** As it stands in the cookie. */
  id: string
  access: OperatorAccess
  /** The workspace of this call; not there for an operator who belongs to none. */
  membership: Membership | undefined
}

export interface Caller {
  workspaceId: string
  actor: Actor
  /** Not there for recipients. */
  principal?: Principal
  /** Only for operators by cookie. */
  session?: CallerSession
}

type Wanted = Pick<Operation, 'auth' | 'method' | 'query'>

const bearer = /^Bearer +([\x21-\x7e]{1,4096})$/i
const safeMethods = new Set(['GET', 'HEAD'])

/** The token of an Authorization header. Throws Fault 'unauthenticated'. */
export function bearerToken(header: string | undefined): string {
  const token = header === undefined ? undefined : bearer.exec(header)?.[1]
  if (!token) throw new Fault('unauthenticated', 'Send `Authorization: Bearer ...`.')
  return token
}

/**
 * Caller of an operation, or null for public ones. The cookie counts only where there is no Authorization header.
 * Throws 'unauthenticated', 'forbidden', 'not-found' (the workspace), 'rate-limited', or 'dependency-unavailable' (sessions without Redis).
 */
export async function authorize(app: App, req: IncomingMessage, op: Wanted): Promise<Caller | null> {
  if (op.auth === 'public') return null
  const header = req.headers.authorization
  if (op.auth === 'recipient') {
    const identity = await app.services.inbox.tokens.verify(bearerToken(header))
    return { workspaceId: identity.workspaceId, actor: { kind: 'recipient', id: identity.recipientId, name: identity.recipientId } }
  }
  if (op.auth === 'operator') return authorizeSession(app, req, op)
  if (header === undefined && readSessionCookie(req) !== undefined) return authorizeSession(app, req, op)
  const token = bearerToken(header)
  const principal = app.services.identity.cached(token) ?? (await app.services.identity.authenticate(token))
  if (!principal) throw new Fault('unauthenticated', 'This API key is not known, expired or revoked.')
  refuseUnlessAllowed(principal, op)
  if (principal.rate) await app.rateLimits.take(principal.actor.id, principal.rate)
  return { workspaceId: principal.workspaceId, actor: principal.actor, principal }
}

async function authorizeSession(app: App, req: IncomingMessage, op: Wanted): Promise<Caller> {
  const id = readSessionCookie(req)
  const access = id === undefined ? null : await app.services.identity.sessions.read(id)
  if (!id || !access) throw new Fault('unauthenticated', 'Nobody is signed in, or the session has ended. Sign in.')
  if (!safeMethods.has(op.method) && !isSameOrigin(req)) {
    throw new Fault('forbidden', 'A session acts only from pages of this very origin.')
  }
  const named = req.headers[workspaceHeader] ?? workspaceOfLink(req, op)
  const membership = chosenMembership(access, Array.isArray(named) ? named[0] : named)
  const principal: Principal = {
    workspaceId: membership?.workspace_id ?? '',
    actor: actorOf(access),
    scopes: [],
    instance: access.operator.instance,
    actsIn: access.memberships.filter(({ role }) => mayAct({ role, instance: false }, 'operator')).map((place) => place.workspace_id),
    rate: null,
    ...(membership ? { role: membership.role } : {}),
  }
  refuseUnlessAllowed(principal, op, membership)
  return { workspaceId: principal.workspaceId, actor: principal.actor, principal, session: { id, access, membership } }
}

/** A link cannot send a header: an operation that is downloaded takes the workspace in its query, and only for reading. */
function workspaceOfLink(req: IncomingMessage, op: Wanted): string | undefined {
  if (!op.query || !('workspace' in op.query.shape) || !safeMethods.has(op.method)) return undefined
  return new URLSearchParams(requestTarget(req).split('?')[1]).get('workspace') ?? undefined
}

function refuseUnlessAllowed(principal: Principal, op: Wanted, membership?: Membership): void {
  if (typeof op.auth !== 'object') return
  const wanted = { ...op.auth, method: op.method }
  if (!mayCall(principal, wanted)) throw new Fault('forbidden', refusalOf(principal, wanted, membership?.name))
}
