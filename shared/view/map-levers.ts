// What can be done at a place of the map, and the one thing to do where it is not well: the lever with the most effect.
import type { LiveQueue, Snapshot } from '../contracts/live.ts'
import type { ProviderView } from '../contracts/provider.ts'
import type { NeededRole } from '../roles.ts'
import { panelTexts } from '../texts/map-panel.ts'
import { carriedBy } from '../texts/providers.ts'
import type { DeclaredNode } from '../topology/types.ts'
import { channelOf } from './map-links.ts'
import { formatRate } from './map-figures.ts'
import type { MapModel, NodeView } from './map-picture.ts'

export type LeverName = 'pause' | 'resume' | 'concurrency' | 'hold' | 'hold-provider' | 'release-provider' | 'replay'

export interface Lever {
  name: LeverName
  label: string
  effect: string
  needs: NeededRole
}

/** null: nothing needs to be done here. */
export function mainLever(node: DeclaredNode, view: NodeView, model: MapModel, snapshot: Snapshot | null): Lever | null {
  if (!snapshot || model.stale) return null
  const { main } = panelTexts
  if (node.id === 'letters') {
    const open = snapshot.workspace.openLetters
    return open > 0 ? { name: 'replay', label: main.replay, effect: main.replayEffect(open), needs: 'operator' } : null
  }
  const lane = model.topology.nodes.filter(({ area }) => area !== null && area === node.area)
  const queueName = node.queue ?? lane.find(({ kind }) => kind === 'queue')?.queue
  const queue = snapshot.queues.find(({ name }) => name === queueName)
  if (!queue || !['queue', 'workers', 'provider'].includes(node.kind)) return null
  if (queue.state === 'paused')
    return { name: 'resume', label: main.resume(queue.name), effect: main.resumeEffect(queue.waiting), needs: 'instance' }
  const provider = lane.find(({ kind }) => kind === 'provider')
  const called = provider && model.nodes.get(provider.id)
  const held = snapshot.providers.find(({ key, state }) => key === provider?.channel && state === 'held')
  if (called && held)
    return { name: 'release-provider', label: main.release(carriedBy[held.key]), effect: main.releaseEffect(held.held), needs: 'instance' }
  const failing = called?.state === 'fail' || called?.state === 'warn'
  if (failing && provider?.id === 'endpoints') return { name: 'hold', label: main.hold, effect: main.holdEffect, needs: 'operator' }
  if (failing && called.state === 'fail' && provider?.channel)
    return {
      name: 'hold-provider',
      label: main.holdProvider(carriedBy[provider.channel]),
      effect: main.holdProviderEffect(queue.waiting + queue.delayed),
      needs: 'instance',
    }
  const full = queue.busySlots !== null && queue.busySlots >= queue.concurrency
  if (view.state !== 'ok' && full && queue.waiting > 0)
    return { name: 'concurrency', label: main.more(queue.name), effect: main.moreEffect(queue.concurrency), needs: 'instance' }
  return null
}

/** A lever of a place as its button shows it. */
export interface PlaceLever {
  name: LeverName
  label: string
  icon: string
  reach?: string
  keyCap: string
  needs: NeededRole
  whyNot: string | null
}

/** The queue that the levers of a place move: its own, or the one of its lane. */
export function queueOfPlace(node: DeclaredNode, snapshot: Snapshot | null): LiveQueue | null {
  const name = node.queue ?? (node.channel ? `delivery-${node.channel}` : null)
  return snapshot?.queues.find((queue) => queue.name === name) ?? null
}

/** The provider of a place's channel: its own, or the one of its lane. */
export function providerOfPlace(node: DeclaredNode, snapshot: Snapshot | null): ProviderView | null {
  const channel = channelOf(node)
  return snapshot?.providers.find(({ key }) => key === channel) ?? null
}

/** The levers of a place, each with how far it reaches; `past` = a moment is shown that has passed. */
export function leversAt(node: DeclaredNode, snapshot: Snapshot | null, past: boolean): PlaceLever[] {
  const { actions: texts } = panelTexts
  const queue = queueOfPlace(node, snapshot)
  const open = snapshot?.workspace.openLetters ?? 0
  const has = (action: DeclaredNode['actions'][number]): boolean => node.actions.includes(action)
  const provider = providerOfPlace(node, snapshot)
  const carried = provider ? carriedBy[provider.key] : ''
  const stops = queue?.servicePerSecond ?? null
  const no = past ? texts.past : null
  const levers: Record<LeverName, Omit<PlaceLever, 'name'>> = {
    pause: {
      label: texts.pause,
      icon: 'i-lucide-pause',
      ...(stops === null ? {} : { reach: texts.stops(formatRate(stops)) }),
      keyCap: 'P',
      needs: 'instance',
      whyNot: no,
    },
    resume: { label: texts.resume, icon: 'i-lucide-play', keyCap: 'P', needs: 'instance', whyNot: no },
    concurrency: {
      label: texts.concurrency,
      icon: 'i-lucide-sliders-horizontal',
      reach: texts.slots(queue?.concurrency ?? 0),
      keyCap: 'C',
      needs: 'instance',
      whyNot: no,
    },
    'hold-provider': {
      label: texts.holdProvider(carried),
      icon: 'i-lucide-octagon-pause',
      ...(provider ? { reach: texts.waits(provider.waiting) } : {}),
      keyCap: has('hold-endpoint') ? 'A' : 'H',
      needs: 'instance',
      whyNot: no,
    },
    'release-provider': {
      label: texts.releaseProvider(carried),
      icon: 'i-lucide-play',
      reach: texts.held(provider?.held ?? 0),
      keyCap: has('hold-endpoint') ? 'A' : 'H',
      needs: 'instance',
      whyNot: no,
    },
    hold: { label: texts.hold, icon: 'i-lucide-hand', keyCap: 'H', needs: 'operator', whyNot: no },
    replay: {
      label: texts.replay,
      icon: 'i-lucide-rotate-ccw',
      reach: texts.open(open),
      keyCap: 'R',
      needs: 'operator',
      whyNot: no ?? (open === 0 ? texts.nothingToReplay : null),
    },
  }
  const names: LeverName[] = []
  if (queue && has('pause-queue')) names.push(queue.state === 'paused' ? 'resume' : 'pause')
  if (queue && has('set-concurrency')) names.push('concurrency')
  if (provider && has('hold-provider')) names.push(provider.state === 'held' ? 'release-provider' : 'hold-provider')
  if (has('hold-endpoint')) names.push('hold')
  if ((queue && has('pause-queue')) || has('replay-letters')) names.push('replay')
  return names.map((name) => ({ name, ...levers[name] }))
}
