// Group commit: concurrent requests share one transaction, and a bad row never fails its neighbours.
import { createPacedBatcher } from '#platform/batching/paced-batcher.ts'
import { failPoint } from '#platform/lifecycle/fail-points.ts'
import { isUnavailable, sqlState, transaction, type Pool } from '#platform/postgres/index.ts'
import type { Queues } from '#platform/queue/index.ts'
import type { Place } from '#platform/telemetry/counters.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { Fault } from '#shared/fault.ts'
import { queues as definitions, type RowRef } from '#shared/jobs/queues.ts'
import { undoDispatch, type LaneBudget } from '../outbox/index.ts'
import { storeKeys, takeKeys, type KeyRow } from '../idempotency/index.ts'
import { insertEventRows, type EventRow } from './accept.repository.ts'
import type { PreparedEvent } from './prepare-event.ts'

/** What one request brings: its events, and the answer to keep when it came with an Idempotency-Key. */
export interface AcceptRequest {
  workspaceId: string
  events: PreparedEvent[]
  idempotency?: { route: string; key: string; requestHash: Buffer; status: number; response: string }
}

export type AcceptResult = { kind: 'accepted' } | { kind: 'replayed'; status: number; response: string }

export interface EventAcceptor {
  /**
   * Makes the events durable; resolves after the commit.
   * Faults: idempotency-in-flight, idempotency-mismatch, overloaded, dependency-unavailable, invalid.
   */
  accept(request: AcceptRequest): Promise<AcceptResult>
  /** Requests that wait for their commit. */
  readonly pending: number
  /** False = past the limit: answer 503 before reading the body. */
  hasRoom(): boolean
  drained(): Promise<void>
}

export interface AcceptorOptions {
  hot: Pool
  queues: Queues
  budget: LaneBudget
  log: Log
  /** Requests that may wait for a commit at the same time (admission control). */
  maxPending?: number
  /** One group commit, and how long it took. */
  commits?: Place
  onAccepted?: (count: number) => void
}

interface Unit {
  /** When the request came, on this process' monotonic clock. */
  sinceMs: number
  request: AcceptRequest
  rows: EventRow[]
}

const unavailableDeadlineMs = 1_500

export function createEventAcceptor(options: AcceptorOptions): EventAcceptor {
  const { hot, queues, budget, log } = options
  const maxPending = options.maxPending ?? 600
  const inFlightKeys = new Map<string, Promise<unknown>>()
  const batcher = createPacedBatcher<Unit, AcceptResult>({
    flush: (units) => commitWithPatience(units),
    paceMs: 4,
    busyPaceMs: 10,
    size: 32,
    maxSize: 200,
    concurrency: 1,
  })

  async function accept(request: AcceptRequest): Promise<AcceptResult> {
    const key = request.idempotency && `${request.workspaceId} ${request.idempotency.route} ${request.idempotency.key}`
    if (!key) return submit(request)
    // Two equal keys in one process: the second waits for the first one's answer.
    for (let first = inFlightKeys.get(key); first; first = inFlightKeys.get(key)) await first.catch(() => {})
    const mine = submit(request)
    inFlightKeys.set(key, mine)
    try {
      return await mine
    } finally {
      inFlightKeys.delete(key)
    }
  }

  async function submit(request: AcceptRequest): Promise<AcceptResult> {
    const unit: Unit = { sinceMs: performance.now(), request, rows: request.events.map((event) => ({ ...event, leased: false })) }
    const result = await batcher.add(unit)
    if (result instanceof Fault) throw result
    return result
  }

  /** A database that went away is given a moment; the same ids make an unknown outcome a known one. */
  async function commitWithPatience(units: Unit[], sentBefore = false): Promise<AcceptResult[]> {
    // By the one that has waited longest: what stood in line behind a batch that failed has used up its patience there.
    const deadlineMs = Math.min(...units.map((unit) => unit.sinceMs)) + unavailableDeadlineMs
    for (let again = sentBefore; ; again = true) {
      try {
        return await commit(units, again)
      } catch (error) {
        if (isUnavailable(error)) {
          if (performance.now() < deadlineMs) {
            await new Promise((resolve) => setTimeout(resolve, 100))
            continue
          }
          throw new Fault('dependency-unavailable', 'The database does not answer; nothing was accepted', {
            retryAfterSeconds: 2,
            cause: error,
          })
        }
        const state = sqlState(error) ?? ''
        if (!state.startsWith('22') && !state.startsWith('23')) throw error
        if (units.length > 1) {
          const half = units.length >> 1
          const parts = await Promise.all([settle(units.slice(0, half), again), settle(units.slice(half), again)])
          return parts.flat()
        }
        throw new Fault('invalid', 'The database refused a value of this event', { cause: error })
      }
    }
  }

  /** Like commitWithPatience, but an error stays with its own units. */
  async function settle(units: Unit[], sentBefore: boolean): Promise<AcceptResult[]> {
    try {
      return await commitWithPatience(units, sentBefore)
    } catch (error) {
      return units.map(() => asResult(error))
    }
  }

  async function commit(units: Unit[], again: boolean): Promise<AcceptResult[]> {
    const startedAt = performance.now()
    try {
      const results = await commitOnce(units, again)
      options.commits?.add(units.length)
      options.commits?.took(performance.now() - startedAt)
      return results
    } catch (error) {
      options.commits?.add(units.length, units.length)
      throw error
    }
  }

  async function commitOnce(units: Unit[], again: boolean): Promise<AcceptResult[]> {
    for (const unit of units) {
      const immediate = unit.rows.filter((row) => row.scheduledAt === null)
      const leased = immediate.length > 0 && budget.take('fan-out', unit.request.workspaceId, immediate.length)
      for (const row of immediate) row.leased = leased
    }
    const keyed = units.filter((unit) => unit.request.idempotency)
    let results: AcceptResult[]
    if (keyed.length === 0) {
      await insertEventRows(hot, units.length === 1 ? units[0]!.rows : units.flatMap((unit) => unit.rows), again)
      results = units.map(() => ({ kind: 'accepted' }))
    } else {
      results = await commitKeyed(units, keyed, again)
    }
    failPoint?.('after-accept')
    handOver(units.filter((_, i) => results[i]!.kind === 'accepted'))
    return results
  }

  async function commitKeyed(units: Unit[], keyed: Unit[], again: boolean): Promise<AcceptResult[]> {
    const keyRow = (unit: Unit): KeyRow => ({ workspaceId: unit.request.workspaceId, ...unit.request.idempotency! })
    return transaction(hot, async (client) => {
      const verdicts = await takeKeys(client, keyed.map(keyRow))
      const results: AcceptResult[] = units.map((unit) => {
        const at = keyed.indexOf(unit)
        const verdict = at < 0 ? undefined : verdicts[at]
        if (!verdict || verdict.kind === 'fresh') return { kind: 'accepted' }
        if (verdict.kind === 'replay') {
          // Our own row, written by a commit whose outcome was unknown: this is the first answer, not a repeat.
          if (verdict.response === unit.request.idempotency!.response) return { kind: 'accepted' }
          return { kind: 'replayed', status: verdict.status, response: verdict.response }
        }
        if (verdict.kind === 'mismatch')
          return asResult(new Fault('idempotency-mismatch', 'The key was used with another body or media type in the last 24 hours'))
        return asResult(new Fault('idempotency-in-flight', 'Try again when the first request has been answered', { retryAfterSeconds: 1 }))
      })
      const taken = units.filter((_, i) => results[i]!.kind === 'accepted')
      await insertEventRows(
        client,
        taken.flatMap((unit) => unit.rows),
        again,
      )
      await storeKeys(
        client,
        taken
          .filter((unit) => unit.request.idempotency)
          .map((unit) => ({ ...keyRow(unit), status: unit.request.idempotency!.status, response: unit.request.idempotency!.response })),
      )
      return results
    })
  }

  // A job costs its queue more than its rows do: what is committed while one is on its way to Redis shares the next.
  const handing = createPacedBatcher<RowRef[], undefined>({
    paceMs: 0,
    size: 1,
    concurrency: 1,
    flush: async (parts) => {
      const rows = parts.flat()
      const size = definitions['fan-out'].chunkRows
      const chunks: RowRef[][] = []
      for (let i = 0; i < rows.length; i += size) chunks.push(rows.slice(i, i + size))
      try {
        await queues.add(chunks.map((chunk) => ({ queue: 'fan-out', rows: chunk, delayMs: 0 })))
      } catch (error) {
        log.warn({ error: (error as Error).message, rows: rows.length }, 'Redis did not take accepted events; the relay will')
        await undoDispatch(hot, rows).catch(() => {})
      }
      return parts.map(() => undefined)
    },
  })

  /** The fast path: what was born leased goes into the queue now. Not awaited by the answer. */
  function handOver(units: Unit[]): void {
    let count = 0
    const refs: RowRef[] = []
    for (const unit of units) {
      count += unit.rows.length
      for (const row of unit.rows) if (row.leased) refs.push({ id: row.id, n: 1 })
    }
    options.onAccepted?.(count)
    if (refs.length > 0) void handing.add(refs)
  }

  return {
    accept,
    get pending() {
      return batcher.pending
    },
    hasRoom: () => batcher.pending < maxPending,
    async drained() {
      await batcher.drained()
      await handing.drained()
    },
  }
}

/** The batcher answers item by item: a fault travels as a result, so that it stays with its own item. */
function asResult(error: unknown): AcceptResult {
  return (error instanceof Fault
    ? error
    : new Fault('internal', 'The event could not be stored', { cause: error })) as unknown as AcceptResult
}
