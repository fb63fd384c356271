// The state of every place of the map, by the same rules that the map draws by, and the incidents that follow from it.
import type { Pool } from '#platform/postgres/index.ts'
import type { NodeState, NodeStateName, Snapshot } from '#shared/contracts/live.ts'
import { newUuid } from '#shared/ids.ts'
import type { MapLimits } from '#shared/view/map-limits.ts'
import { mapModel } from '#shared/view/map-model.ts'
import type { CommonSnapshot } from './build-snapshot.ts'
import { readOpenIncidents, writeIncidents } from './incident.repository.ts'
import { trackIncidents, type IncidentState, type Seen } from './incident.rules.ts'

/** Dead letters belong to a workspace: its page judges them. */
const ofWorkspace = new Set(['letters'])

/** What nobody's place looks at. */
const noWorkspace = { id: '', openLetters: 0, causes: [], bulkheads: [] } as unknown as Snapshot['workspace']

export function judgePlaces(common: CommonSnapshot, limits: MapLimits): Map<string, Seen> {
  const snapshot = { ...common, sequence: 0, states: {}, limits: { ...limits }, workspace: noWorkspace }
  const { nodes } = mapModel({ snapshot, ageMs: 0, limits })
  return new Map(
    [...nodes.values()]
      .filter((node) => !ofWorkspace.has(node.id))
      .map((node) => {
        const state: NodeStateName = node.state === 'none' ? 'no-data' : node.state
        return [node.id, { state, reason: sentence(node.reason ?? `${node.title}: ${node.word}`) }]
      }),
  )
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

export interface IncidentKeeper {
  /** Takes one look into account; answers every place's state, and the nodes whose incidents began or ended. */
  keep(seen: ReadonlyMap<string, Seen>, at: Date): Promise<{ states: Record<string, NodeState>; changed: string[] }>
}

/** Goes on with the incidents that a collector before left open. */
export async function createIncidentKeeper(pool: Pool): Promise<IncidentKeeper> {
  const open = await readOpenIncidents(pool)
  const state: IncidentState = { open: new Map(open.map((incident) => [incident.nodeId, incident])), pending: new Map() }
  return {
    async keep(seen, at) {
      const changes = trackIncidents(state, seen, at.getTime(), newUuid)
      if (changes.opened.length + changes.closed.length > 0) await writeIncidents(pool, changes)
      const since = (nodeId: string): number | undefined => state.open.get(nodeId)?.beganAtMs ?? state.pending.get(nodeId)
      const states = [...seen].map(([nodeId, { state: name, reason }]) => {
        const sinceMs = name === 'ok' || name === 'no-data' ? undefined : since(nodeId)
        return [nodeId, { state: name, reason, since: sinceMs === undefined ? null : new Date(sinceMs).toISOString() }] as const
      })
      return {
        states: Object.fromEntries(states),
        changed: [...new Set([...changes.opened, ...changes.closed].map((each) => each.nodeId))],
      }
    },
  }
}
