// What a process is doing, and why we think so: alive but not consuming is told apart from idle. Pure.
import type { WorkerView } from '#shared/contracts/queue.ts'
import { formatAge, formatCount } from '#shared/view/figures.ts'

/** A heartbeat that stopped: what its process held is given to others (protocol). */
export const goneAfterMs = 8_000
/** Holding work and getting nowhere for so long is being stuck; a call may take 20 s. */
export const stuckAfterMs = 30_000
/** Work that was handed over is taken within moments; so long untouched beside free slots, it is not being taken. */
export const untakenAfterMs = 10_000

export interface WorkerFacts {
  roles: readonly string[]
  beatAgeMs: number
  stopping: boolean
  upMs: number
  /** null = never yet. */
  progressAgeMs: number | null
  /** Slots by queue that it takes from. */
  concurrency: Readonly<Record<string, number>>
  /** Jobs in hand by queue; null while it does not report. */
  busy: Readonly<Record<string, number>> | null
  /** Rows it holds, by queue. */
  held: Readonly<Record<string, number>>
  /** Requests that it answers; null = not an API, or unknown. */
  requestsPerSecond: number | null
  /** Its own word with its last heartbeat. */
  saysBusy: boolean
}

/** What waits for it in Redis. */
export interface QueueFacts {
  name: string
  paused: boolean
  inRedis: number
  handedAgeMs: number
}

export interface WorkerState {
  state: WorkerView['state']
  /** One sentence. */
  reason: string
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0)
const rows = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`

export function workerState(worker: WorkerFacts, queues: readonly QueueFacts[]): WorkerState {
  const held = sum(worker.held)
  if (worker.beatAgeMs > goneAfterMs)
    return {
      state: 'stuck',
      reason: `No heartbeat for ${formatAge(worker.beatAgeMs)}${held > 0 ? `; what it held (${rows(held)}) is given to others` : ''}.`,
    }
  if (worker.stopping)
    return { state: 'stopping', reason: held > 0 ? `It was asked to stop and finishes ${rows(held)}.` : 'It was asked to stop.' }
  const still = worker.progressAgeMs ?? worker.upMs
  if (held > 0 && still > stuckAfterMs)
    return {
      state: 'stuck',
      reason: `It holds ${rows(held)} of ${largestOf(worker.held)} and has finished nothing for ${formatAge(still)}.`,
    }
  const untaken = untakenQueue(worker, queues, still)
  if (untaken) {
    const free = worker.concurrency[untaken.name]! - (worker.busy?.[untaken.name] ?? 0)
    return {
      state: 'stuck',
      reason: `${rows(untaken.inRedis)} wait for ${untaken.name} since ${formatAge(untaken.handedAgeMs)}, and it takes none although ${free} of ${worker.concurrency[untaken.name]} slots are free.`,
    }
  }
  return workingOrIdle(worker, queues, held)
}

/** The queue whose work lies before this process and is not taken, although it could be. */
function untakenQueue(worker: WorkerFacts, queues: readonly QueueFacts[], still: number): QueueFacts | undefined {
  if (still <= untakenAfterMs) return undefined
  return queues.find(
    (queue) =>
      !queue.paused &&
      queue.inRedis > 0 &&
      queue.handedAgeMs > untakenAfterMs &&
      (worker.concurrency[queue.name] ?? 0) > (worker.busy?.[queue.name] ?? 0),
  )
}

function workingOrIdle(worker: WorkerFacts, queues: readonly QueueFacts[], held: number): WorkerState {
  const busy = worker.busy ? sum(worker.busy) : 0
  if (busy > 0) {
    const queue = largestOf(worker.busy!)
    const slots = worker.concurrency[queue]
    return {
      state: 'working',
      reason: `Busiest with ${queue}: ${formatCount(worker.busy![queue] ?? 0)} of ${slots === undefined ? '?' : formatCount(slots)} slots.`,
    }
  }
  if (held > 0) return { state: 'working', reason: `It holds ${rows(held)} of ${largestOf(worker.held)}.` }
  if ((worker.requestsPerSecond ?? 0) > 0) return { state: 'working', reason: `It answers ${worker.requestsPerSecond} requests a second.` }
  if (worker.busy === null && worker.requestsPerSecond === null && worker.saysBusy)
    return { state: 'working', reason: 'It says that it has work in hand.' }
  const own = queues.filter((queue) => queue.name in worker.concurrency)
  const paused = own.filter((queue) => queue.paused)
  if (own.length > 0 && paused.length === own.length) return { state: 'idle', reason: 'All of its queues are paused.' }
  if (own.length > 0)
    return {
      state: 'idle',
      reason: paused.length > 0 ? `Nothing waits for it; ${paused[0]!.name} is paused.` : 'Nothing waits for its queues.',
    }
  return {
    state: 'idle',
    reason: !worker.roles.includes('api')
      ? 'Nothing to do.'
      : worker.requestsPerSecond === null
        ? 'It is ready for requests.'
        : 'Nobody asks.',
  }
}

function largestOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).reduce((best, entry) => (entry[1] > best[1] ? entry : best), ['', -1] as [string, number])[0]
}
