// The declared system: every place and every line that the map knows, as data. What is measured comes from the live snapshot and is
// joined in shared/view/map-model.ts.
import { areas } from './areas.ts'
import { edgesFor } from './edges.ts'
import { nodesFor } from './nodes.ts'
import type { Topology } from './types.ts'

export { world } from './areas.ts'

/** The topology with these instances of the API, by process name; without any, the place of the first is shown. */
export function topologyFor(apiNames: readonly string[]): Topology {
  return { areas, nodes: nodesFor(apiNames), edges: edgesFor(apiNames) }
}

export const declaredNodes = nodesFor([])
export const declaredEdges = edgesFor([])
