// The same picture as rows: for screen readers, for small screens, for those who want figures.
import { mapTexts } from '../texts/map.ts'
import { edgeKinds, type EdgeKind, type NodeKind } from '../topology/types.ts'
import { formatRate, formatTook } from './map-figures.ts'
import type { MapModel } from './map-picture.ts'
import type { Lamp } from './status-view.ts'

export interface PlaceRow {
  id: string
  title: string
  kind: NodeKind
  area: string | null
  state: Lamp
  word: string
  reason: string | null
  /** What the node shows, in one line. */
  figures: string
}

export interface LineRow {
  id: string
  from: string
  to: string
  kind: EdgeKind
  carries: string
  state: Lamp
  word: string
  rate: string | null
  errors: string | null
  p50: string | null
  p95: string | null
}

export function placeRows(model: MapModel): PlaceRow[] {
  return model.topology.nodes.map((node) => {
    const view = model.nodes.get(node.id)
    return {
      id: node.id,
      title: view?.title === node.title || !node.queue ? (view?.title ?? node.title) : `${view?.title} of ${node.queue}`,
      kind: node.kind,
      area: model.topology.areas.find(({ id }) => id === node.area)?.title ?? null,
      state: view?.state ?? 'none',
      word: view?.word ?? mapTexts.noData,
      reason: view?.reason ?? null,
      figures: (view?.lines ?? []).map((pieces) => pieces.map(({ text }) => text).join('')).join(', '),
    }
  })
}

export function lineRows(model: MapModel, kinds: readonly EdgeKind[] = edgeKinds): LineRow[] {
  const titles = new Map(placeRows(model).map(({ id, title }) => [id, title]))
  return model.topology.edges
    .filter(({ kind }) => kinds.includes(kind))
    .map((edge) => {
      const view = model.edges.get(edge.id)
      return {
        id: edge.id,
        from: titles.get(edge.from) ?? edge.from,
        to: titles.get(edge.to) ?? edge.to,
        kind: edge.kind,
        carries: edge.carries,
        state: view?.state === 'failing' ? 'fail' : view?.state === 'silent' || !view || model.stale ? 'none' : 'ok',
        word: view?.word ?? mapTexts.noData,
        rate: written(view?.ratePerSecond, formatRate),
        errors: view?.errorsPerSecond ? formatRate(view.errorsPerSecond) : null,
        p50: written(view?.p50Ms, formatTook),
        p95: written(view?.p95Ms, formatTook),
      }
    })
}

const written = (value: number | null | undefined, format: (value: number) => string): string | null =>
  typeof value === 'number' ? format(value) : null

/** What stands beside a place when only its neighbours are shown, itself included. A line that ends at an area reaches all its processes. */
export function neighboursOf(model: MapModel, id: string): { nodes: Set<string>; edges: Set<string> } {
  const peers = new Set([id])
  const edges = new Set(model.topology.edges.filter(({ from, to }) => from === id || to === id).map((edge) => edge.id))
  for (const edge of model.topology.edges) if (edges.has(edge.id)) [edge.from, edge.to].forEach((end) => peers.add(end))
  return { nodes: peers, edges }
}
