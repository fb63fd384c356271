// Processes as the page shows them: their lamp, their slots, the one sentence about all of them.
import type { LiveWorker, Snapshot } from '../contracts/live.ts'
import { queueNames } from '../queue-names.ts'
import { workersTexts as texts } from '../texts/workers.ts'
import type { Lamp } from './status-view.ts'

/** What an instance cannot do without. */
const neededRoles = ['api', 'relay', 'fan-out', 'delivery'] as const

export function workerLamp(worker: Pick<LiveWorker, 'state'>, stale: boolean): Lamp {
  if (stale) return 'none'
  if (worker.state === 'stuck') return 'fail'
  return worker.state === 'stopping' ? 'paused' : 'ok'
}

export interface SlotRow {
  queue: string
  slots: number
  /** null = it does not report. */
  busy: number | null
}

/** By queue, in the order in which an event passes them. */
export function slotRows(worker: Pick<LiveWorker, 'concurrency' | 'busy'>): SlotRow[] {
  return queueNames
    .filter((queue) => worker.concurrency[queue] !== undefined)
    .map((queue) => ({ queue, slots: worker.concurrency[queue]!, busy: worker.busy?.[queue] ?? null }))
}

/** The queue whose slots are fullest says how busy a process is: thousands of idle webhook slots must not hide five busy ones. */
export function fullestSlots(worker: Pick<LiveWorker, 'concurrency' | 'busy'>): SlotRow | null {
  const rows = slotRows(worker)
  const share = (row: SlotRow): number => (row.busy ?? 0) / Math.max(1, row.slots)
  return rows.reduce<SlotRow | null>((best, row) => (best === null || share(row) > share(best) ? row : best), null)
}

export interface WorkersSummary {
  lamp: Lamp
  sentence: string
}

/** One sentence about all processes; null while nothing is known. */
export function workersSummary(snapshot: Pick<Snapshot, 'workers'> | null, stale: boolean): WorkersSummary | null {
  if (!snapshot) return null
  const { workers } = snapshot
  const stuck = workers.filter(({ state }) => state === 'stuck')
  const alive = workers.filter(({ state }) => state !== 'stuck')
  const missing = neededRoles.filter((role) => !alive.some(({ roles }) => roles.includes(role)))
  const parts = [
    ...(stuck.length > 0 ? [texts.someStuck(stuck.map(({ name }) => name).join(', '), stuck.length, workers.length)] : []),
    ...(missing.length > 0 ? [texts.nobody(missing.join(', '))] : []),
  ]
  return {
    lamp: stale ? 'none' : parts.length > 0 ? 'fail' : 'ok',
    sentence: parts.length > 0 ? parts.join(' ') : texts.allWell(workers.length),
  }
}

/** Stuck ones first, then by name. */
export function listWorkers(snapshot: Pick<Snapshot, 'workers'> | null, filter: { role: string; state: string }): LiveWorker[] {
  const rank = (worker: LiveWorker): number => (worker.state === 'stuck' ? 0 : 1)
  return [...(snapshot?.workers ?? [])]
    .filter(
      (worker) => (filter.role === '' || worker.roles.includes(filter.role)) && (filter.state === '' || worker.state === filter.state),
    )
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true }))
}

export function rolesOf(snapshot: Pick<Snapshot, 'workers'> | null): string[] {
  return [...new Set((snapshot?.workers ?? []).flatMap(({ roles }) => roles))].sort()
}

/** Ranges of the charts: how far back, and seconds for one value. */
export const workerRanges = {
  '1h': { seconds: 3_600, step: 10 },
  '24h': { seconds: 86_400, step: 120 },
  '7d': { seconds: 604_800, step: 900 },
} as const
export type WorkerRange = keyof typeof workerRanges

export function rangeOf(text: string): WorkerRange {
  return Object.hasOwn(workerRanges, text) ? (text as WorkerRange) : '1h'
}
