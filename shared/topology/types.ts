// The words of the map. Positions are units of the map's own world (origin top left), the same on every screen: nothing is laid
// out at run time, so that a person finds a place again by where it was yesterday.
import type { Channel } from '../contracts/event.ts'
import type { QueueName } from '../jobs/queues.ts'

export type NodeKind = 'client' | 'process' | 'stage' | 'store' | 'queue' | 'workers' | 'provider' | 'sink'
export type EdgeKind = 'http' | 'auth' | 'validation' | 'data' | 'queue'
export const edgeKinds: readonly EdgeKind[] = ['http', 'auth', 'validation', 'data', 'queue']

export interface Point {
  x: number
  y: number
}
export interface Rect extends Point {
  width: number
  height: number
}

/** What a person can do at a node. The API decides who may; the panel shows reach and role. */
export type NodeAction =
  | 'pause-queue'
  | 'set-concurrency'
  | 'open-queue'
  | 'open-workers'
  | 'open-endpoints'
  | 'hold-endpoint'
  | 'hold-provider'
  | 'open-letters'
  | 'replay-letters'
  | 'open-events'
  | 'open-api-keys'
  | 'edit-thresholds'

export type AreaId = 'api' | 'postgres' | 'stores' | 'fan-out' | 'email' | 'webhook' | 'replay'

export interface DeclaredArea extends Rect {
  id: AreaId
  title: string
  /** Set quieter after the title. */
  note?: string
  /** A lane says its queue's health in its title. */
  queues: readonly QueueName[]
}

export interface DeclaredNode extends Rect {
  id: string
  kind: NodeKind
  title: string
  /** Names that a machine gave are set in the code face. */
  mono?: boolean
  icon: string
  area: AreaId | null
  /** One sentence: what it does here. */
  purpose: string
  /** Ids of shared/topology/measures.ts that are shown here, the first one as its rate. */
  measures: readonly string[]
  actions: readonly NodeAction[]
  queue?: QueueName
  channel?: Channel
  /** The processes drawn as this node; only for instances of the API. */
  processes?: readonly string[]
  /** Part of the picture, but nothing here talks to it yet or nothing can measure it: grey, never green. */
  absent?: 'not connected' | 'not measured'
}

export interface EdgeLabel extends Point {
  /** above: rate over the line, time under it, centred on x. beside: right of a vertical line. chip: interrupts a long line. */
  place: 'above' | 'beside' | 'chip'
  /** Words of a bundle before its figures. */
  text?: string
  /** The rate of these together, instead of the line's own. */
  sums?: readonly string[]
  /** Only the rate has room. */
  rateOnly?: boolean
}

export interface DeclaredEdge {
  id: string
  from: string
  to: string
  kind: EdgeKind
  /** Orthogonal, both ends included: each stands on the border of its node, or of its node's area. */
  points: readonly Point[]
  /** Summed up for the rate; times are those of the first. */
  measures: readonly string[]
  /** So many points lead to a line that another edge draws: the rest is shared. */
  joinsAfter?: number
  /** Who counts it: while this measure comes, a missing one is 0 and not unknown. */
  countedWith?: string
  label: EdgeLabel | null
  /** What flows, for the table and for those who listen. */
  carries: string
}

export interface Topology {
  areas: readonly DeclaredArea[]
  nodes: readonly DeclaredNode[]
  edges: readonly DeclaredEdge[]
}
