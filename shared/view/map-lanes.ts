// What a lane says in its title: its traffic while it is well, its cause when it is not.
import type { Snapshot } from '../contracts/live.ts'
import type { DeclaredArea } from '../topology/types.ts'
import { formatAge } from './figures.ts'
import { formatRate, formatShare } from './map-figures.ts'
import type { MapModel, NodeView } from './map-picture.ts'
import type { Lamp } from './status-view.ts'

export interface LaneView {
  id: string
  state: Lamp
  note: string
}

export function laneViews(model: MapModel, snapshot: Snapshot | null): LaneView[] {
  return model.topology.areas.map((area) => laneView(area, model, snapshot))
}

function laneView(area: DeclaredArea, model: MapModel, snapshot: Snapshot | null): LaneView {
  if (area.queues.length === 0 || !snapshot) return { id: area.id, state: 'none', note: '' }
  const inside = model.topology.nodes.filter((node) => node.area === area.id)
  const views = inside.map(({ id }) => model.nodes.get(id)).filter((view): view is NodeView => view !== undefined)
  const failing = views.find(({ id, state }) => state === 'fail' && !id.startsWith('queue:')) ?? views.find(({ state }) => state === 'fail')
  const late = snapshot.queues.find(({ name, oldestAgeMs, objectiveMs }) => area.queues.includes(name) && oldestAgeMs > objectiveMs)
  if (failing) {
    const why = failing.reason ?? failing.word
    const behind = late && `${formatAge(late.oldestAgeMs)} behind`
    // The queue's own reason says the same once more.
    const cause = failing.id.startsWith('queue:') && late ? null : why
    return { id: area.id, state: 'fail', note: [behind, cause].filter(Boolean).join(': ') }
  }
  const paused = views.find(({ state }) => state === 'paused')
  if (paused) return { id: area.id, state: 'paused', note: paused.word }
  return { id: area.id, state: model.stale ? 'none' : 'ok', note: trafficOf(area, model, snapshot) }
}

/** Rate, and the share that arrived, of everything the lane calls. */
function trafficOf(area: DeclaredArea, model: MapModel, snapshot: Snapshot): string {
  const edges = model.topology.edges.filter(({ from }) => area.queues.some((queue) => from === `workers:${queue}`))
  const measured = edges
    .filter(({ kind }) => kind === 'http')
    .flatMap(({ measures }) => measures)
    .map((id) => snapshot.measures[id])
    .filter((one) => one !== undefined)
  if (measured.length === 0) {
    const served = area.queues.map((name) => snapshot.measures[`queue.${name}.serve`]).filter((one) => one !== undefined)
    return served.length ? formatRate(served.reduce((sum, one) => sum + one.ratePerSecond, 0)) : ''
  }
  const rate = measured.reduce((sum, one) => sum + one.ratePerSecond, 0)
  const errors = measured.reduce((sum, one) => sum + one.errorsPerSecond, 0)
  return rate > 0 ? `${formatRate(rate)}, ${formatShare(1 - Math.min(1, errors / rate))}` : formatRate(0)
}
