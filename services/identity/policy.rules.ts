// Who may call what. Decided in the handler from the operation's own declaration, never by path matching.
import type { Actor } from '#shared/contracts/audit.ts'
import type { Scope } from '#shared/contracts/scope.ts'

export type OperatorRole = 'viewer' | 'operator' | 'admin'

export interface RateLimit {
  perSecond: number
  burst: number
}

/** Somebody whose credential was found valid, in the workspace that it is for. */
export interface Principal {
  workspaceId: string
  actor: Actor
  /** An API key's scopes; empty for operators, whose role decides. */
  scopes: readonly Scope[]
  role?: OperatorRole
  rate: RateLimit | null
}

const safeMethods = new Set(['GET', 'HEAD'])

/**
 * API keys: `admin`, or the scope itself. Operators: a viewer reads, an operator does everything but what needs `admin`,
 * an admin everything. Anybody else: no.
 */
export function mayCall(principal: Principal, wanted: { scope: Scope; method: string }): boolean {
  if (principal.actor.kind === 'api-key') return principal.scopes.includes('admin') || principal.scopes.includes(wanted.scope)
  if (principal.actor.kind !== 'operator') return false
  if (principal.role === 'admin') return true
  if (wanted.scope === 'admin') return false
  if (principal.role === 'operator') return true
  return principal.role === 'viewer' && safeMethods.has(wanted.method)
}

/** Scopes among `wanted` that this principal does not have itself, and so cannot give away. */
export function scopesBeyond(principal: Principal, wanted: readonly Scope[]): Scope[] {
  return wanted.filter((scope) => {
    if (principal.actor.kind === 'operator') return principal.role !== 'admin'
    return !principal.scopes.includes('admin') && !principal.scopes.includes(scope)
  })
}
