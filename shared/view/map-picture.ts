// The words of the map's picture: what a place and a line show. Made by map-model.ts, drawn by components/map.
import type { Measure, Snapshot } from '../contracts/live.ts'
import type { Topology } from '../topology/types.ts'
import type { MapLimits } from './map-limits.ts'
import type { Lamp } from './status-view.ts'

/** A piece of a line inside a node; strong pieces carry the state's colour where it is not ok. */
export interface Piece {
  text: string
  strong?: boolean
}

export interface NodeBar {
  /** 0 to 1. */
  value: number
  /** The objective; only ages have one. */
  tick: number | null
  state: Lamp
}

export interface NodeView {
  id: string
  title: string
  state: Lamp
  /** Stands beside the lamp wherever there is room; never more than three words. */
  word: string
  /** Why it is in this state, without a full stop; null when there is nothing to say. */
  reason: string | null
  /** Since when it is not ok; null while that is not known. */
  since: string | null
  lines: Piece[][]
  bar: NodeBar | null
}

export interface MapModel {
  topology: Topology
  nodes: Map<string, NodeView>
  edges: Map<string, EdgeView>
  /** Measures that no place and no line declares. */
  undeclared: string[]
  /** The picture is too old, or there is none: lamps are rings. */
  stale: boolean
}

export interface EdgeView {
  id: string
  /** silent: declared, and nothing was measured. quiet: measured, and nothing passes now. */
  state: 'flowing' | 'quiet' | 'silent' | 'failing'
  ratePerSecond: number | null
  errorsPerSecond: number | null
  p50Ms: number | null
  p95Ms: number | null
  width: number
  wagons: Wagons | null
  label: { rate: string; time: string | null; errors: string | null }
  /** For the table and for those who listen. */
  word: string
}

export interface Wagons {
  gapPx: number
  pxPerSecond: number
}

/** Everything that judging a place may look at. */
export interface Seen {
  snapshot: Snapshot
  limits: MapLimits
  mailCatcher: boolean
  past: boolean
  measure: (id: string) => Measure | null
}
