// Queues belong to the instance, what stands in them to workspaces: how far a caller sees, and how much.
import type { Principal } from '#services/identity/index.ts'
import type { Onlooker } from '#services/queues/index.ts'

/**
 * Operators of the instance see every workspace's work, anybody else their own. What is in it they see where they may act; a key has sent
 * what is in its workspace.
 */
export function onlooker(workspaceId: string, principal: Principal | undefined): Onlooker {
  const opens = principal?.actor.kind === 'operator' ? (principal.actsIn ?? []) : [workspaceId]
  return { workspaceId, instance: principal?.instance === true, opens }
}
