// What the queue pages show of a snapshot: pure, so that every figure and sentence is tested without a browser.
import type { BulkAction } from '../contracts/job.ts'
import { isSteady, neverDrainsSeconds, secondsToDrain } from '../drain.ts'
import { drainText, queueTexts } from '../texts/queues.ts'
import { formatAge, formatCount } from './figures.ts'
import { isBehind } from './live-view.ts'

/** What the pages need of a queue of the snapshot. */
export interface QueueFigures {
  name: string
  state: 'running' | 'paused'
  pausedBy: string | null
  pausedReason: string | null
  waiting: number
  active: number
  delayed: number
  oldestAgeMs: number
  objectiveMs: number
  arrivalPerSecond: number | null
  servicePerSecond: number | null
  inRedis: number | null
  inPostgres: number
  concurrency: number
  concurrencyMax: number
  busySlots: number | null
  ratePerSecond: number | null
  workers: number
}

const neverSeconds = neverDrainsSeconds

/** What can be asked about a queue: its levers. */
export const queueQuestions = ['pause', 'resume', 'rate', 'concurrency', 'default'] as const
export type QueueQuestion = (typeof queueQuestions)[number]

/** Seconds until nothing waits when so much is served and so much arrives; null = nobody can tell. */
export function drainAt(waiting: number, served: number | null, arriving: number | null): number | null {
  return secondsToDrain({ waiting, servicePerSecond: served, arrivalPerSecond: arriving })
}

/** '37.2', '4.0', '1,204', '0': a measured rate as it reads in a column, where every figure has the same decimals. */
export function rateInRow(rate: number | null): string {
  if (rate === null) return queueTexts.noData
  return rate >= 99.95 || rate === 0 ? formatCount(Math.round(rate)) : rate.toFixed(1)
}

/** '37.2', '4', '1,204': a rate in a sentence, where one that somebody has set stands as it was set. */
export function formatRate(rate: number | null): string {
  if (rate === null) return queueTexts.noData
  return rate >= 100 ? formatCount(Math.round(rate)) : String(Math.round(rate * 10) / 10)
}

/** '+23.8' per second by which the backlog grows; null when it is steady or unknown. */
export function growthOf(queue: Pick<QueueFigures, 'arrivalPerSecond' | 'servicePerSecond' | 'waiting'>): string | null {
  if (queue.arrivalPerSecond === null || queue.servicePerSecond === null || queue.waiting === 0) return null
  const grows = Math.round((queue.arrivalPerSecond - queue.servicePerSecond) * 10) / 10
  if (grows === 0) return null
  return grows > 0 ? `+${formatRate(grows)}` : `−${formatRate(-grows)}`
}

export function drainOf(queue: QueueFigures): string {
  if (queue.state === 'paused' && queue.waiting > 0) return queueTexts.never
  const { waiting, servicePerSecond: served, arrivalPerSecond: arriving } = queue
  const seconds = drainAt(waiting, served, arriving)
  // As much comes as is served, and no more: it does not drain, and it does not grow either.
  if (seconds === neverSeconds && served !== null && served > 0 && arriving !== null && isSteady({ served, arriving }))
    return queueTexts.steady
  return drainText(seconds, neverSeconds)
}

/** '10.1' times its objective; null while it is within. */
export function timesObjective(queue: Pick<QueueFigures, 'oldestAgeMs' | 'objectiveMs'>): string | null {
  const ratio = queue.oldestAgeMs / queue.objectiveMs
  return ratio > 1 ? (ratio >= 100 ? formatCount(Math.round(ratio)) : (Math.round(ratio * 10) / 10).toFixed(1)) : null
}

/** The page's sentence: what is going on, and both forecasts where there are two. */
export function flowSentence(queue: QueueFigures): string {
  const { waiting, arrivalPerSecond: arriving, servicePerSecond: served, concurrency, busySlots } = queue
  if (queue.state === 'paused')
    return `Paused by ${queue.pausedBy}: ${queue.pausedReason}. Nothing starts until it is resumed; nothing is lost.`
  if (queue.workers === 0) return waiting > 0 ? 'No live worker takes it: what waits stays until one does.' : 'No live worker takes it.'
  const full = busySlots !== null && concurrency > 0 && busySlots >= concurrency
  const sentences: string[] = []
  if (full) sentences.push(`All ${formatCount(concurrency)} slots are busy.`)
  if (queue.ratePerSecond !== null) sentences.push(`It may hand over ${formatRate(queue.ratePerSecond)}/s.`)
  if (waiting === 0) sentences.push('Nothing waits.')
  else if (served !== null && arriving !== null) {
    const now = drainAt(waiting, served, arriving)
    const alone = served > 0 ? Math.ceil(waiting / served) : null
    if (now !== null && now < neverSeconds)
      sentences.push(
        `At these rates gone in about ${formatAge(now * 1_000)}${alone !== null && alone < now ? `, in ${formatAge(alone * 1_000)} if nothing more came` : ''}.`,
      )
    else if (alone !== null && arriving <= served)
      sentences.push(`It is steady: as much arrives as is served; if nothing more came, gone in about ${formatAge(alone * 1_000)}.`)
    else if (alone !== null)
      sentences.push(
        `It does not drain while more arrives than is served; if nothing more came, gone in about ${formatAge(alone * 1_000)}.`,
      )
    else sentences.push('Nothing was done lately.')
  }
  return sentences.join(' ')
}

/** Before and after of another concurrency: what is served grows with the slots, as far as the provider lets it. */
export function concurrencyForecast(queue: QueueFigures, to: number): string {
  const { waiting, servicePerSecond: served, arrivalPerSecond: arriving, concurrency, busySlots } = queue
  if (waiting === 0 || !served || arriving === null || concurrency === 0) return 'Nothing waits that it would change.'
  if (to > concurrency && busySlots !== null && busySlots < concurrency)
    return 'Not every slot is busy now: more of them would not make it faster.'
  const before = drainText(drainAt(waiting, served, arriving), neverSeconds)
  const after = drainText(drainAt(waiting, (served * to) / concurrency, arriving), neverSeconds)
  return `Drains in: ${before} now, ${after} with ${formatCount(to)}, if the provider keeps up.`
}

/** Before and after of a rate; null = none. */
export function rateForecast(queue: QueueFigures, to: number | null): string {
  const { waiting, servicePerSecond: served, arrivalPerSecond: arriving } = queue
  if (arriving === null || served === null) return 'What arrives is not known yet.'
  const now = drainText(drainAt(waiting, served, arriving), neverSeconds)
  if (to === null) return `Drains in: ${now} now; as fast as lanes and slots let it without a rate.`
  const grows = to < arriving ? ` ${formatRate(arriving)}/s arrive: what waits would grow by ${formatRate(arriving - to)}/s.` : ''
  return `Drains in: ${now} now, ${drainText(drainAt(waiting, to, arriving), neverSeconds)} at ${formatRate(to)}/s.${grows}`
}

/** Worst first: behind its objective by how much, then the most waiting. */
export function worstFirst<Q extends QueueFigures>(queues: readonly Q[]): Q[] {
  const badness = (queue: Q): number => queue.oldestAgeMs / queue.objectiveMs
  return queues.toSorted((a, b) => Number(isBehind(b)) - Number(isBehind(a)) || badness(b) - badness(a) || b.waiting - a.waiting)
}

/** Of one worker: how many slots it has for a queue, how many are in use; cells while they can be counted by eye. */
export interface Slots {
  all: number
  busy: number | null
  /** null = too many for cells: draw a bar. */
  cells: boolean[] | null
}

const mostCells = 64

export function slotsOf(worker: { concurrency: Record<string, number>; busy: Record<string, number> | null }, queue: string): Slots {
  const all = worker.concurrency[queue] ?? 0
  const busy = worker.busy ? (worker.busy[queue] ?? 0) : null
  return { all, busy, cells: all <= mostCells ? Array.from({ length: all }, (_, i) => busy !== null && i < busy) : null }
}

/** The ranges of the charts: seconds back, and seconds of a value. */
export const chartRanges = {
  '60m': { seconds: 3_600, step: 10 },
  '24h': { seconds: 86_400, step: 120 },
  '7d': { seconds: 604_800, step: 900 },
} as const
export type ChartRange = keyof typeof chartRanges

/** '0', '50 s', '2 m', '3 h': an age beside an axis, where there is room for little. */
export function axisAge(ms: number): string {
  if (ms === 0) return '0'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Math.round(ms / 100) / 10} s`
  if (ms < 7_200_000) return `${ms < 600_000 ? Math.round(ms / 6_000) / 10 : Math.round(ms / 60_000)} m`
  return `${Math.round(ms / 360_000) / 10} h`
}

/** What can be done to many jobs in a state; nothing to those that end by themselves or stand for an operation. */
export function bulkActionsOf(queue: string, state: string): BulkAction[] {
  if (queue === 'replay') return []
  if (state === 'delayed') return ['retry', 'promote', 'remove']
  if (state === 'waiting' || state === 'paused') return ['promote', 'remove']
  return state === 'held' ? ['remove'] : []
}

/** As the contract has it: this file is loaded by pages, and that one brings Zod. */
export const promoteMost = 10_000

/** Where to see what became of a job that is gone: it has the id of what it was about. */
export function becameOfLink(jobId: string): string | null {
  if (jobId.startsWith('dlv_')) return `/deliveries/${jobId}`
  if (jobId.startsWith('evt_')) return `/events/${jobId}`
  return jobId.startsWith('rpl_') ? `/replays/${jobId}` : null
}

/** Where what died in this queue is grouped by cause and sent again. */
export function deadLettersLink(queue: string): string {
  if (queue === 'fan-out') return '/dead-letters?kind=pipeline-fault'
  return queue.startsWith('delivery-') ? `/dead-letters?channel=${queue.slice('delivery-'.length)}` : '/dead-letters'
}

/** The lane of a webhook's jobs is its endpoint, by which letters are found too. */
export function endpointOfLane(lane: string): string | undefined {
  return lane.startsWith('end_') ? lane : undefined
}
