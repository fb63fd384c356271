// The map's picture: the declared topology joined with one snapshot. Pure; components only draw what stands here, and the table says
// the same. What was not measured is null and grey.
import type { Snapshot } from '../contracts/live.ts'
import { mapTexts } from '../texts/map.ts'
import { topologyFor } from '../topology/index.ts'
import { isSideMeasure } from '../topology/measures.ts'
import type { DeclaredNode, Topology } from '../topology/types.ts'
import { formatAge } from './figures.ts'
import { viewEdge } from './map-edges.ts'
import { defaultLimits, type MapLimits } from './map-limits.ts'
import { judgeNode } from './map-nodes.ts'
import type { MapModel, NodeView, Seen } from './map-picture.ts'
import { deadAfterMs } from './status-view.ts'

export interface MapInput {
  snapshot: Snapshot | null
  /** How old the picture is. */
  ageMs: number
  limits?: MapLimits
  /** The built-in mail catcher takes the mail. */
  mailCatcher?: boolean
  /** A picture of before: what only the live one counts is not known. */
  past?: boolean
}

export function mapModel(input: MapInput): MapModel {
  const { snapshot, ageMs } = input
  const topology = topologyFor(snapshot ? apiNames(snapshot) : [])
  const stale = !snapshot || ageMs > deadAfterMs
  const seen: Seen | null = snapshot && {
    snapshot,
    limits: input.limits ?? { ...defaultLimits, ...snapshot.limits },
    mailCatcher: input.mailCatcher ?? false,
    past: input.past ?? false,
    measure: (id) => snapshot.measures[id] ?? null,
  }
  const nodes = new Map(topology.nodes.map((node) => [node.id, viewNode(node, seen, stale, ageMs)]))
  const edges = new Map(
    topology.edges.map((edge) => [
      edge.id,
      viewEdge(edge, seen, stale, edge.kind === 'http' ? (nodes.get(edge.to)?.state ?? 'none') : 'none'),
    ]),
  )
  return { topology, nodes, edges, undeclared: snapshot ? undeclaredMeasures(snapshot, topology) : [], stale }
}

function viewNode(node: DeclaredNode, seen: Seen | null, stale: boolean, ageMs: number): NodeView {
  const blank: NodeView = {
    id: node.id,
    title: node.title,
    state: 'none',
    word: mapTexts.noData,
    reason: null,
    lines: [[{ text: mapTexts.noData }]],
    bar: null,
    since: null,
  }
  if (node.absent) return { ...blank, word: node.absent, lines: [[{ text: node.absent }]] }
  if (!seen) return blank
  const judged = judgedByServer({ ...blank, ...judgeNode(node, seen) }, seen.snapshot)
  // Old figures stay, but they prove nothing: the lamp becomes a ring.
  return stale
    ? {
        ...judged,
        state: 'none',
        word: mapTexts.stale,
        reason: mapTexts.reason.stale(formatAge(ageMs)),
        bar: judged.bar && { ...judged.bar, state: 'none' },
      }
    : judged
}

/** The collector knows the thresholds that operators set: where it says a state, that is the state. */
function judgedByServer(own: NodeView, snapshot: Snapshot): NodeView {
  const given = snapshot.states[own.id]
  if (!given) return own
  const state = given.state === 'no-data' ? 'none' : given.state
  const word = state === own.state ? own.word : mapTexts.given[state]
  return { ...own, state, word, reason: state === 'ok' ? null : given.reason.replace(/\.$/, ''), since: given.since }
}

/** Instances of the API that report or were measured, in the order of their numbers. */
export function apiNames(snapshot: Snapshot): string[] {
  const reporting = snapshot.workers.filter(({ roles }) => roles.includes('api')).map(({ name }) => name)
  const measured = Object.keys(snapshot.measures).flatMap((id) => (id.startsWith('api.') ? [id.slice(4)] : []))
  return [...new Set([...reporting, ...measured])].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

function undeclaredMeasures(snapshot: Snapshot, topology: Topology): string[] {
  const declared = new Set([...topology.nodes, ...topology.edges].flatMap(({ measures }) => measures))
  return Object.keys(snapshot.measures).filter((id) => !declared.has(id) && !isSideMeasure(id))
}
