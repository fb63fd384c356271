// Roles of operators, and how the console says what is missing. Without Zod: pages load it.

export const operatorRoles = ['viewer', 'operator', 'admin'] as const
/** viewer reads; operator acts on messages, queues and replays; admin manages people, keys, providers and rules. */
export type OperatorRole = (typeof operatorRoles)[number]

/** What an action asks for: a role in the workspace shown, or being an operator of the instance. */
export type NeededRole = OperatorRole | 'instance'

export interface Standing {
  /** In the workspace shown; null for those who belong to none. */
  role: OperatorRole | null
  instance: boolean
}

export function mayAct(standing: Standing | null, needed: NeededRole): boolean {
  if (!standing) return false
  if (needed === 'instance') return standing.instance
  return standing.role !== null && operatorRoles.indexOf(standing.role) >= operatorRoles.indexOf(needed)
}

/** The header that names the workspace of a call by session: its id or key. */
export const workspaceHeader = 'x-signalbox-workspace'
