// "1 cause, 2 effects": what is wrong is folded to what explains it, so that a person fixes one thing and not three.
import type { Snapshot } from '../contracts/live.ts'
import { mapTexts } from '../texts/map.ts'
import type { MapModel, NodeView } from './map-picture.ts'

export interface RootCause {
  node: NodeView
  effects: NodeView[]
  /** Ends with a full stop. */
  sentence: string
}

export interface CauseFold {
  causes: RootCause[]
  effects: number
  title: string
  /** One paragraph for the corner of the map. */
  sentence: string
}

/** Folds what is wrong. Dead letters wait for a person whatever runs: they are no fault of this moment. */
export function foldCauses(model: MapModel, snapshot: Snapshot | null): CauseFold {
  const troubled = [...model.nodes.values()].filter(({ id, state }) => id !== 'letters' && state !== 'ok' && state !== 'none')
  const explained = new Map(troubled.map((node) => [node.id, rootOf(node, troubled, model)]))
  const causes = troubled
    .filter(({ id }) => explained.get(id) === id)
    .map((node) => {
      const effects = troubled.filter(({ id }) => id !== node.id && explained.get(id) === node.id)
      return { node, effects, sentence: sentenceOf(node, effects, snapshot) }
    })
    .sort((a, b) => weight(b) - weight(a))
  const effects = troubled.length - causes.length
  const rest = causes.length ? mapTexts.restWell : model.stale ? mapTexts.nothingKnown : mapTexts.allWell
  return {
    causes,
    effects,
    title: mapTexts.fold.title(causes.length, effects),
    sentence: [...causes.slice(0, 3).map(({ sentence }) => sentence), rest].join(' '),
  }
}

function weight({ node, effects }: RootCause): number {
  return { fail: 100, warn: 10, paused: 1, ok: 0, none: 0 }[node.state] + effects.length
}

/** What can explain a place, nearest first. */
function parentsOf(id: string, model: MapModel): string[] {
  const node = model.topology.nodes.find((one) => one.id === id)
  if (!node) return []
  const ofLane = model.topology.nodes.filter((one) => one.kind === 'provider' && one.area === node.area).map((one) => one.id)
  switch (node.kind) {
    case 'queue':
      return [`workers:${node.queue}`, ...ofLane, 'relay', 'redis', 'postgres']
    case 'workers':
      return [...ofLane, 'redis', 'postgres']
    case 'client':
      return [...model.topology.nodes.filter((one) => one.area === 'api').map((one) => one.id), 'postgres']
    case 'provider':
      return node.channel === 'in-app' ? ['postgres'] : []
    case 'process':
      return ['postgres', ...(id === 'relay' ? ['redis'] : [])]
    default:
      // Work waits in the outbox because a queue is paused or full, or because nobody hands it over.
      return id === 'outbox'
        ? ['relay', 'redis', 'postgres', ...model.topology.nodes.filter((one) => one.kind === 'queue').map((one) => one.id)]
        : []
  }
}

/** Follows explanations until one has none. A pause is its own explanation: somebody wanted it. */
function rootOf(node: NodeView, troubled: NodeView[], model: MapModel): string {
  let current = node
  for (let step = 0; step < 8 && current.state !== 'paused'; step++) {
    const parent = parentsOf(current.id, model)
      .map((id) => troubled.find((one) => one.id === id))
      .find((one) => one !== undefined)
    if (!parent) break
    current = parent
  }
  return current.id
}

function sentenceOf(cause: NodeView, effects: NodeView[], snapshot: Snapshot | null): string {
  const first = `${cause.reason ?? mapTexts.effect.other(cause.title, cause.word)}.`
  if (effects.length === 0) return first
  const parts = effects.map((node) => effectOf(node, snapshot))
  const list = parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  return `${first} ${mapTexts.fold.so(list as string)}`
}

function effectOf(node: NodeView, snapshot: Snapshot | null): string {
  const name = node.id.split(':')[1] ?? node.title
  if (node.id === 'outbox' && snapshot) return mapTexts.effect.outbox(snapshot.outbox.rows)
  if (node.id.startsWith('queue:')) return mapTexts.effect.behind(name)
  const queue = node.id.startsWith('workers:') ? snapshot?.queues.find((one) => one.name === name) : undefined
  if (queue && queue.busySlots !== null) return mapTexts.effect.full(queue.busySlots, queue.concurrency, name)
  return mapTexts.effect.other(node.title, node.word)
}
