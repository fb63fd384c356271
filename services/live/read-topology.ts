// GET /topology: the declared system joined with the newest snapshot.
import type { Measure, Snapshot } from '#shared/contracts/live.ts'
import type { TopologyView } from '#shared/contracts/topology.ts'
import { topologyFor } from '#shared/topology/index.ts'
import { isSideMeasure } from '#shared/topology/measures.ts'
import type { DeclaredNode } from '#shared/topology/types.ts'
import { apiNames } from '#shared/view/map-model.ts'

type SeenHow = TopologyView['nodes'][number]['seen']

/** `snapshot` null = nothing is known: every place is there, none has a state. */
export function topologyOf(snapshot: Snapshot | null): TopologyView {
  const topology = topologyFor(snapshot ? apiNames(snapshot) : [])
  const absent = new Set(topology.nodes.filter((node) => node.absent).map((node) => node.id))
  const declared = new Set([...topology.nodes, ...topology.edges].flatMap((each) => each.measures))
  const measured = (ids: readonly string[]): boolean => ids.some((id) => snapshot?.measures[id] !== undefined)
  return {
    at: snapshot?.at ?? null,
    nodes: topology.nodes.map((node) => ({
      id: node.id,
      kind: node.kind,
      title: node.title,
      area: node.area,
      purpose: node.purpose,
      measures: [...node.measures],
      seen: node.absent ? 'absent' : nodeSeen(node, snapshot, measured),
      ...stateOf(node, snapshot),
    })),
    edges: topology.edges.map((edge) => ({
      id: edge.id,
      from: edge.from,
      to: edge.to,
      kind: edge.kind,
      carries: edge.carries,
      measures: [...edge.measures],
      measure: snapshot ? together(snapshot, edge.measures) : null,
      seen: absent.has(edge.from) || absent.has(edge.to) ? 'absent' : measured(edge.measures) ? 'measured' : 'silent',
    })),
    undeclared: Object.keys(snapshot?.measures ?? {}).filter((id) => !declared.has(id) && !isSideMeasure(id)),
  }
}

/** A place without measures of its own is seen where its figures come from. */
function nodeSeen(node: DeclaredNode, snapshot: Snapshot | null, measured: (ids: readonly string[]) => boolean): SeenHow {
  if (!snapshot) return 'silent'
  return node.measures.length === 0 || measured(node.measures) ? 'measured' : 'silent'
}

function stateOf(node: DeclaredNode, snapshot: Snapshot | null): Pick<TopologyView['nodes'][number], 'state' | 'reason' | 'since'> {
  if (node.id === 'letters' && snapshot) {
    const open = snapshot.workspace.openLetters
    return open === 0
      ? { state: 'ok', reason: 'No dead letter is open.', since: null }
      : { state: 'warn', reason: `${open} dead ${open === 1 ? 'letter waits' : 'letters wait'} for a person.`, since: null }
  }
  return (
    snapshot?.states[node.id] ?? {
      state: 'no-data',
      reason: node.absent ? `It is ${node.absent}.` : 'Nothing is known of it now.',
      since: null,
    }
  )
}

function together(snapshot: Snapshot, ids: readonly string[]): Measure | null {
  const known = ids.flatMap((id) => snapshot.measures[id] ?? [])
  if (known.length === 0) return null
  const sum = (of: 'ratePerSecond' | 'errorsPerSecond'): number => known.reduce((all, one) => all + one[of], 0)
  return { ratePerSecond: sum('ratePerSecond'), errorsPerSecond: sum('errorsPerSecond'), p50Ms: known[0]!.p50Ms, p95Ms: known[0]!.p95Ms }
}
