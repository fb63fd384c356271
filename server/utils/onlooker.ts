// Queues belong to the instance, what stands in them to workspaces: how far a caller sees.
import type { Onlooker } from '#services/queues/index.ts'

/** Operators of the instance see every workspace's work, anybody else their own. */
export function onlooker(workspaceId: string, principal: { instance?: boolean | undefined } | undefined): Onlooker {
  return { workspaceId, instance: principal?.instance === true }
}
