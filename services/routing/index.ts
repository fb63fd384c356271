// Routing: which published workflows and which endpoints an event of a workspace goes to.
//
// The cache is keyed by workspace.config_revision, which every chunk reads with its rows: a change is seen by the first
// event accepted after it, without a message that could be lost (docs/decisions/0016-config-revision.md).
import { loadTargets, matchesEventType, type EndpointTarget } from '../endpoints/index.ts'
import { loadPublished, type PublishedWorkflow } from '../workflows/index.ts'
import type { Channel } from '#shared/contracts/event.ts'
import { whyHeld } from '../providers/index.ts'
import type { Pool } from '#platform/postgres/index.ts'
import { readWorkspace } from './workspace.repository.ts'

export type { EndpointTarget, PublishedWorkflow }

export interface Route {
  revision: number
  workspace: { id: string; key: string; name: string }
  workflowsByType: Map<string, PublishedWorkflow[]>
  workflowsByKey: Map<string, PublishedWorkflow>
  endpointsById: Map<string, EndpointTarget>
  /** Providers that operators hold, by channel, with the reason that a delivery gets. */
  holds: ReadonlyMap<Channel, string>
  /** Endpoints for a type and audience, disabled ones included: their deliveries are held. */
  endpointsFor(type: string, audience: string | null): EndpointTarget[]
}

export interface Routing {
  /** The routes as they are at `revision` or later. */
  get(workspaceId: string, revision: number): Promise<Route>
}

/** Rotated secrets end and nothing else here changes without a revision: entries are read again after this. */
const maxAgeMs = 30_000

export function createRouting(deps: { pool: Pool; secret: string; onLook?: (hit: boolean) => void }): Routing {
  const cache = new Map<string, { route: Route; at: number }>()
  const loading = new Map<string, Promise<Route>>()

  async function load(workspaceId: string): Promise<Route> {
    // The revision first: what is loaded after it can only be newer.
    const { revision, workspace, holds } = await readWorkspace(deps.pool, workspaceId)
    const [workflows, endpoints] = await Promise.all([
      loadPublished(deps.pool, workspaceId),
      loadTargets(deps.pool, deps.secret, workspaceId),
    ])
    const byType = new Map<string, EndpointTarget[]>()
    const route: Route = {
      revision,
      workspace,
      workflowsByType: Map.groupBy(workflows, (workflow) => workflow.eventType),
      workflowsByKey: new Map(workflows.map((workflow) => [workflow.key, workflow])),
      holds: new Map(Object.entries(holds).map(([channel, why]) => [channel as Channel, whyHeld(why)])),
      endpointsById: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])),
      endpointsFor(type, audience) {
        let matching = byType.get(type)
        if (!matching) {
          matching = endpoints.filter((endpoint) => matchesEventType(endpoint.eventTypes, type))
          if (byType.size < 10_000) byType.set(type, matching)
        }
        return matching.filter((endpoint) => endpoint.audience === null || endpoint.audience === audience)
      },
    }
    cache.set(workspaceId, { route, at: Date.now() })
    return route
  }

  return {
    async get(workspaceId, revision) {
      const known = cache.get(workspaceId)
      const hit = known !== undefined && known.route.revision >= revision && Date.now() - known.at < maxAgeMs
      deps.onLook?.(hit)
      if (hit) return known.route
      let promise = loading.get(workspaceId)
      if (!promise) {
        promise = load(workspaceId).finally(() => loading.delete(workspaceId))
        loading.set(workspaceId, promise)
      }
      const route = await promise
      // It began before the change that this chunk has seen: once more.
      return route.revision >= revision ? route : load(workspaceId)
    },
  }
}
