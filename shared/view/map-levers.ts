// The one thing to do at a place that is not well: the lever with the most effect, said with what it touches.
import type { Snapshot } from '../contracts/live.ts'
import { panelTexts } from '../texts/map-panel.ts'
import type { DeclaredNode } from '../topology/types.ts'
import type { MapModel, NodeView } from './map-picture.ts'

export type LeverName = 'pause' | 'resume' | 'concurrency' | 'hold' | 'replay'

export interface Lever {
  name: LeverName
  label: string
  effect: string
}

/** null: nothing needs to be done here. */
export function mainLever(node: DeclaredNode, view: NodeView, model: MapModel, snapshot: Snapshot | null): Lever | null {
  if (!snapshot || model.stale) return null
  const { main } = panelTexts
  if (node.id === 'letters') {
    const open = snapshot.workspace.openLetters
    return open > 0 ? { name: 'replay', label: main.replay, effect: main.replayEffect(open) } : null
  }
  const lane = model.topology.nodes.filter(({ area }) => area !== null && area === node.area)
  const queueName = node.queue ?? lane.find(({ kind }) => kind === 'queue')?.queue
  const queue = snapshot.queues.find(({ name }) => name === queueName)
  if (!queue || !['queue', 'workers', 'provider'].includes(node.kind)) return null
  if (queue.state === 'paused') return { name: 'resume', label: main.resume(queue.name), effect: main.resumeEffect(queue.waiting) }
  const provider = lane.find(({ kind }) => kind === 'provider')
  const called = provider && model.nodes.get(provider.id)
  const failing = called?.state === 'fail' || called?.state === 'warn'
  if (failing && provider?.id === 'endpoints') return { name: 'hold', label: main.hold, effect: main.holdEffect }
  if (failing && called.state === 'fail') return { name: 'pause', label: main.pause(queue.name), effect: main.pauseEffect(called.title) }
  const full = queue.busySlots !== null && queue.busySlots >= queue.concurrency
  if (view.state !== 'ok' && full && queue.waiting > 0)
    return { name: 'concurrency', label: main.more(queue.name), effect: main.moreEffect(queue.concurrency) }
  return null
}
