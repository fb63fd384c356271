// Lanes that carry nothing fold into one strip, until they matter. Pure: which are quiet, and the picture without them.
import type { Snapshot } from '../contracts/live.ts'
import type { DeclaredArea, Rect } from '../topology/types.ts'
import type { MapModel } from './map-picture.ts'
import type { Lamp } from './status-view.ts'

/** Where the strip stands: below the lanes, left of the line from the replays to the dead letters. */
export const strip: Rect = { x: 586, y: 504, width: 352, height: 32 }

/** What every event passes is never folded. */
const alwaysShown = new Set(['fan-out'])

/** So long a lane that carried something stays open without doing so: what comes and goes must not move the picture. */
export const stayOpenMs = 300_000

export interface FoldedLane {
  id: string
  title: string
  state: Lamp
  word: string
  /** Places that are not shown. */
  places: number
}

const foldable = (area: DeclaredArea): boolean => area.queues.length > 0 && !alwaysShown.has(area.id)

/** Lanes where nothing passes, nothing waits and nothing is wrong. */
export function quietLanes(model: MapModel, snapshot: Snapshot | null): string[] {
  if (!snapshot || model.stale) return []
  return model.topology.areas.filter((area) => foldable(area) && isQuiet(area, model, snapshot)).map(({ id }) => id)
}

function isQuiet(area: DeclaredArea, model: MapModel, snapshot: Snapshot): boolean {
  const inside = model.topology.nodes.filter((node) => node.area === area.id)
  if (inside.some(({ id }) => !['ok', 'none'].includes(model.nodes.get(id)?.state ?? 'none'))) return false
  const queues = snapshot.queues.filter(({ name }) => area.queues.includes(name))
  if (queues.some(({ waiting, active, oldestAgeMs }) => waiting > 0 || active > 0 || oldestAgeMs > 0)) return false
  const ids = new Set(inside.map(({ id }) => id))
  const touching = model.topology.edges.filter(({ from, to }) => ids.has(from) || ids.has(to))
  return touching.every(({ id }) => !((model.edges.get(id)?.ratePerSecond ?? 0) > 0))
}

/** Remembers when each lane was last seen to matter; answers those that have been quiet long enough, or ever since it began to look. */
export function createFoldMemory() {
  const busyAtMs = new Map<string, number>()
  return (quiet: readonly string[], all: readonly string[], nowMs: number): string[] => {
    for (const id of all) if (!quiet.includes(id)) busyAtMs.set(id, nowMs)
    return quiet.filter((id) => nowMs - (busyAtMs.get(id) ?? Number.NEGATIVE_INFINITY) >= stayOpenMs)
  }
}

/** The lanes that could be folded at all. */
export function foldableLanes(model: MapModel): string[] {
  return model.topology.areas.filter(foldable).map(({ id }) => id)
}

/** The picture without these lanes; their places and lines stay known by their names. */
export function foldModel(model: MapModel, ids: readonly string[]): { model: MapModel; folded: FoldedLane[] } {
  if (ids.length === 0) return { model, folded: [] }
  const isFolded = (area: string | null): boolean => area !== null && ids.includes(area)
  const nodes = model.topology.nodes.filter(({ area }) => !isFolded(area))
  const kept = new Set(nodes.map(({ id }) => id))
  const edges = model.topology.edges.filter(({ from, to }) => kept.has(from) && kept.has(to))
  const areas = model.topology.areas.filter(({ id }) => !isFolded(id))
  const folded = model.topology.areas
    .filter(({ id }) => isFolded(id))
    .map((area): FoldedLane => {
      const inside = model.topology.nodes.filter((node) => node.area === area.id)
      const queue = inside.find(({ kind }) => kind === 'queue')
      const view = queue && model.nodes.get(queue.id)
      return { id: area.id, title: area.title, state: view?.state ?? 'none', word: view?.word ?? '', places: inside.length }
    })
  return { model: { ...model, topology: { ...model.topology, areas, nodes, edges } }, folded }
}
