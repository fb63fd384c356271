// The panel beside the map: what a place is, in one sentence, six figures and two charts.
import type { LiveQueue, LiveWorker, Measure, Snapshot } from '../contracts/live.ts'
import { panelTexts as texts } from '../texts/map-panel.ts'
import { providerMeasure, retriesMeasure, lettersMeasure } from '../topology/measures.ts'
import type { DeclaredNode } from '../topology/types.ts'
import { formatAge, formatCount } from './figures.ts'
import { foldCauses } from './map-causes.ts'
import { formatBytes, formatRate, formatShare, formatTook, shortNumber } from './map-figures.ts'
import { formatWhole } from './map-nodes.ts'
import type { MapModel, NodeView } from './map-picture.ts'
import { drainOf } from './queue-view.ts'

export interface PanelFigure {
  value: string
  label: string
  /** Beyond its objective or threshold. */
  bad?: boolean
}

export interface PanelView {
  subtitle: string
  sentence: string
  figures: PanelFigure[]
}

const unknown = '–'
const rateOf = (measure: Measure | undefined): string => (measure ? formatRate(measure.ratePerSecond) : unknown)
const tookOf = (ms: number | null | undefined): string => (typeof ms === 'number' ? formatTook(ms) : unknown)
const ageOf = (ms: number | null | undefined): string => (typeof ms === 'number' ? formatAge(ms) : unknown)

/** `view` is the place as the map shows it. */
export function panelView(node: DeclaredNode, view: NodeView, model: MapModel, snapshot: Snapshot | null): PanelView {
  return {
    subtitle: texts.kind[node.kind],
    sentence: sentenceOf(node, view, model, snapshot),
    figures: snapshot && !node.absent ? figuresOf(node, view, snapshot) : [],
  }
}

function sentenceOf(node: DeclaredNode, view: NodeView, model: MapModel, snapshot: Snapshot | null): string {
  if (node.absent) return texts.absent[node.absent](node.title)
  if (!snapshot) return texts.nothing
  const queue = snapshot.queues.find(({ name }) => name === node.queue)
  const cause = foldCauses(model, snapshot).causes.find(({ effects }) => effects.some(({ id }) => id === node.id))
  if (node.kind === 'queue' && queue && queue.state !== 'paused' && queue.oldestAgeMs > queue.objectiveMs) {
    const behind = texts.behind(formatAge(queue.oldestAgeMs), cause?.node.reason ?? null)
    return queue.busySlots === null ? behind : `${behind} ${texts.slots(queue.busySlots, queue.concurrency)}`
  }
  if (view.reason) return cause?.node.reason ? `${view.reason}, because: ${lower(cause.node.reason)}.` : `${view.reason}.`
  if (node.kind === 'queue' && queue) return texts.well(formatAge(queue.oldestAgeMs), formatWhole(queue.objectiveMs))
  return view.state === 'none' ? texts.silent : texts.fine
}

const lower = (text: string): string => (/^[A-Z][a-z]/.test(text) ? text[0]?.toLowerCase() + text.slice(1) : text)

function figuresOf(node: DeclaredNode, view: NodeView, snapshot: Snapshot): PanelFigure[] {
  const queue = snapshot.queues.find(({ name }) => name === node.queue)
  if (node.kind === 'queue' && queue) return queueFigures(queue)
  if (node.kind === 'workers' && queue) return workerFigures(queue, snapshot)
  if (node.kind === 'provider' && node.channel) return providerFigures(node.channel, snapshot, view)
  if (node.processes) return processFigures(node, snapshot)
  const own = { postgres: postgresFigures, redis: redisFigures, outbox: outboxFigures, relay: outboxFigures, letters: letterFigures }[
    node.id
  ]
  const passing = snapshot.measures[node.measures[0] ?? '']
  if (own) return own(snapshot)
  return node.kind === 'store' ? storeFigures(passing) : passingFigures(passing)
}

function queueFigures(queue: LiveQueue): PanelFigure[] {
  const { arrivalPerSecond: arriving, servicePerSecond: served } = queue
  const growth = arriving === null || served === null ? 0 : arriving - served
  const grows = queue.waiting > 0 && Math.abs(growth) >= 0.05 ? `, ${growth > 0 ? '+' : '−'}${shortNumber(Math.abs(growth))}/s` : ''
  return [
    {
      value: formatAge(queue.oldestAgeMs),
      label: texts.figure.oldest(formatWhole(queue.objectiveMs)),
      bad: queue.oldestAgeMs > queue.objectiveMs,
    },
    { value: formatCount(queue.waiting), label: `${texts.figure.waiting}${grows}` },
    { value: formatCount(queue.delayed), label: texts.figure.later },
    { value: arriving === null ? unknown : formatRate(arriving), label: texts.figure.arriving },
    { value: served === null ? unknown : formatRate(served), label: texts.figure.served },
    {
      value: queue.waiting === 0 ? texts.figure.empty : drainOf(queue),
      label: texts.figure.drains,
    },
  ]
}

function workerFigures(queue: LiveQueue, snapshot: Snapshot): PanelFigure[] {
  const processes = snapshot.workers.filter(({ concurrency }) => concurrency[queue.name] !== undefined)
  const serve = snapshot.measures[`queue.${queue.name}.serve`]
  return [
    { value: formatCount(queue.workers), label: texts.figure.processes },
    {
      value: queue.busySlots === null ? unknown : formatCount(queue.busySlots),
      label: texts.figure.busy(formatCount(queue.concurrency)),
      bad: queue.busySlots !== null && queue.busySlots >= queue.concurrency && queue.waiting > 0,
    },
    { value: rateOf(serve), label: texts.figure.served },
    { value: tookOf(serve?.p95Ms), label: texts.figure.work },
    { value: tookOf(most(processes, 'loopLagMs')), label: texts.figure.lag },
    { value: memoryOf(processes), label: texts.figure.memory },
  ]
}

function most(processes: LiveWorker[], field: 'loopLagMs' | 'cpuShare'): number | null {
  const known = processes.map((one) => one[field]).filter((one) => one !== null)
  return known.length ? Math.max(...known) : null
}
const memoryOf = (processes: LiveWorker[]): string =>
  processes.length ? formatBytes(processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0)) : unknown

function providerFigures(channel: string, { measures }: Snapshot, view: NodeView): PanelFigure[] {
  const calls = measures[providerMeasure(channel)]
  const share = calls && calls.ratePerSecond > 0 ? 1 - Math.min(1, calls.errorsPerSecond / calls.ratePerSecond) : null
  return [
    { value: rateOf(calls), label: texts.figure.attempts },
    {
      value: share === null ? unknown : formatShare(share),
      label: texts.figure.delivered,
      bad: view.state === 'fail' || view.state === 'warn',
    },
    { value: rateOf(measures[retriesMeasure(channel)]), label: texts.figure.retried },
    { value: tookOf(calls?.p50Ms), label: 'p50' },
    { value: tookOf(calls?.p95Ms), label: 'p95' },
    { value: rateOf(measures[lettersMeasure(channel)]), label: texts.figure.died },
  ]
}

function processFigures(node: DeclaredNode, { workers, measures }: Snapshot): PanelFigure[] {
  const processes = workers.filter(({ name }) => node.processes?.includes(name))
  const cpu = most(processes, 'cpuShare')
  return [
    ...passingFigures(measures[node.measures[0] ?? '']).slice(0, 3),
    { value: tookOf(most(processes, 'loopLagMs')), label: texts.figure.lag },
    { value: memoryOf(processes), label: texts.figure.memory },
    { value: cpu === null ? unknown : formatShare(cpu), label: texts.figure.cpu },
  ]
}

function passingFigures(measure: Measure | undefined): PanelFigure[] {
  const share = measure && measure.ratePerSecond > 0 ? measure.errorsPerSecond / measure.ratePerSecond : 0
  return [
    { value: rateOf(measure), label: texts.figure.passing },
    { value: measure ? formatRate(measure.errorsPerSecond) : unknown, label: texts.figure.refused },
    { value: tookOf(measure?.p95Ms), label: 'p95' },
    { value: tookOf(measure?.p50Ms), label: 'p50' },
    { value: measure ? formatShare(Math.min(1, share)) : unknown, label: texts.figure.refusedShare },
  ]
}

/** What is known by what is asked of it: files, and the search. */
function storeFigures(measure: Measure | undefined): PanelFigure[] {
  const [passing, , p95, p50] = passingFigures(measure)
  const share = measure && measure.ratePerSecond > 0 ? Math.min(1, measure.errorsPerSecond / measure.ratePerSecond) : 0
  return [
    { value: passing!.value, label: texts.figure.asked },
    { value: measure ? formatRate(measure.errorsPerSecond) : unknown, label: texts.figure.unanswered, bad: share > 0 },
    p95!,
    p50!,
    { value: measure ? formatShare(share) : unknown, label: texts.figure.unansweredShare },
  ]
}

function postgresFigures({ stores: { postgres }, measures }: Snapshot): PanelFigure[] {
  const figure = (value: number | null, format: (value: number) => string): string => (value === null ? unknown : format(value))
  return [
    { value: figure(postgres.rowsPerSecond, formatRate), label: texts.figure.rows },
    { value: figure(postgres.transactionsPerSecond, formatRate), label: texts.figure.transactions },
    { value: tookOf(measures['accept.commit']?.p95Ms), label: texts.figure.commit },
    { value: tookOf(postgres.pingMs), label: texts.figure.ping },
    { value: figure(postgres.connections, formatCount), label: texts.figure.connections },
    { value: figure(postgres.sizeBytes, formatBytes), label: texts.figure.size },
  ]
}

function redisFigures({ stores: { redis } }: Snapshot): PanelFigure[] {
  if (!redis) return []
  return [
    { value: formatBytes(redis.usedBytes), label: redis.maxBytes ? texts.figure.usedOf(formatBytes(redis.maxBytes)) : texts.figure.used },
    { value: formatRate(redis.opsPerSecond), label: texts.figure.commands },
    { value: formatTook(redis.pingMs), label: texts.figure.ping },
  ]
}

function outboxFigures({ outbox, measures, workers }: Snapshot): PanelFigure[] {
  return [
    { value: formatCount(outbox.rows), label: texts.figure.outboxRows },
    { value: ageOf(outbox.oldestDueMs), label: texts.figure.oldestDue },
    { value: formatCount(workers.filter(({ roles }) => roles.includes('relay')).length), label: texts.figure.relays },
    { value: rateOf(measures.relay), label: texts.figure.claimed },
    { value: tookOf(measures.relay?.p95Ms), label: texts.figure.handOver },
    { value: rateOf(measures['postgres.workers']), label: texts.figure.written },
  ]
}

function letterFigures({ workspace, measures }: Snapshot): PanelFigure[] {
  const died = (channel: string): PanelFigure => ({ value: rateOf(measures[lettersMeasure(channel)]), label: texts.figure.diedIn(channel) })
  return [
    { value: formatCount(workspace.openLetters), label: texts.figure.open },
    { value: workspace.causes.length < 5 ? formatCount(workspace.causes.length) : '5+', label: texts.figure.causes },
    ...['email', 'webhook', 'in-app', 'pipeline'].map(died),
  ]
}
