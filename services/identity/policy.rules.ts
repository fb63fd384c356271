// Who may call what. Decided in the handler from the operation's own declaration, never by path matching.
import type { Actor } from '#shared/contracts/audit.ts'
import { mayAct, type OperatorRole } from '#shared/roles.ts'
import type { Scope } from '#shared/contracts/scope.ts'

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
  /** Reaches what belongs to no workspace: queues, workers, operators. */
  instance?: boolean
  /** Of an operator: all workspaces in which they may act, and so see what is in messages. */
  actsIn?: readonly string[]
  rate: RateLimit | null
}

const safeMethods = new Set(['GET', 'HEAD'])

export interface Wanted {
  scope: Scope
  method: string
  instance?: boolean | undefined
  /** The least role, where it is more than the method says. */
  role?: OperatorRole | undefined
}

/**
 * API keys: `admin`, or the scope itself. Operators: a viewer reads, an operator does everything but what needs `admin`,
 * an admin everything. Anybody else: no. What touches every workspace (`instance`) is for the owners of the instance alone, and
 * then no role matters.
 */
export function mayCall(principal: Principal, wanted: Wanted): boolean {
  const { kind } = principal.actor
  if (kind === 'api-key') {
    const holds = principal.scopes.includes('admin') || principal.scopes.includes(wanted.scope)
    return holds && (!wanted.instance || principal.instance === true)
  }
  if (kind !== 'operator') return false
  const standing = { role: principal.role ?? null, instance: principal.instance === true }
  return mayAct(standing, wanted.instance ? 'instance' : neededRole(wanted))
}

/** The least role that may do it. */
export function neededRole(wanted: Pick<Wanted, 'scope' | 'method' | 'role'>): OperatorRole {
  if (wanted.scope === 'admin') return 'admin'
  if (wanted.role) return wanted.role
  return safeMethods.has(wanted.method) ? 'viewer' : 'operator'
}

/** Why `mayCall` said no, for the caller: what would be needed. */
export function refusalOf(principal: Principal, wanted: Wanted, workspaceName?: string): string {
  if (principal.actor.kind === 'api-key') {
    const holds = principal.scopes.includes('admin') || principal.scopes.includes(wanted.scope)
    return holds ? 'This needs a key of the instance: it touches every workspace.' : `This needs the scope ${wanted.scope}.`
  }
  if (wanted.instance) return 'This needs an operator of the instance: it touches every workspace.'
  const role = neededRole(wanted)
  return principal.role === undefined
    ? `This needs the role ${role}, and you belong to no workspace.`
    : `This needs the role ${role}; you are ${principal.role} of ${workspaceName ?? 'this workspace'}.`
}

/** Scopes among `wanted` that this principal does not have itself, and so cannot give away. */
export function scopesBeyond(principal: Principal, wanted: readonly Scope[]): Scope[] {
  return wanted.filter((scope) => {
    if (principal.actor.kind === 'operator') return principal.role !== 'admin'
    return !principal.scopes.includes('admin') && !principal.scopes.includes(scope)
  })
}
