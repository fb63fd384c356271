// What the channels' handlers share: starting a chunk, sorting out what must not be sent, opening attempts in batches,
// giving back, recording.
import { createPacedBatcher, type PacedBatcher } from '#platform/batching/paced-batcher.ts'
import { isUnavailable, retrySerialization, type Pool } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import type { SendOutcome } from '../channels/index.ts'
import { retryScheduleFor } from '../channels/index.ts'
import { giveBack, type HeldRows } from '../outbox/index.ts'
import type { EndpointTarget, Routing } from '../routing/index.ts'
import { openAttempts, startDeliveries, type DeliveryResult, type Opened, type StartedDelivery } from './delivery.repository.ts'
import { judgeOutcome } from './judge-outcome.rules.ts'
import type { Recorder, ResultToRecord } from './record-results.ts'

export interface DeliveryDeps {
  owner: string
  hot: Pool
  lazy: Pool
  log: Log
  held: HeldRows
  routing: Routing
  recorder: Recorder
  retrySchedule: readonly number[] | undefined
  onAttempt?: (channel: string, outcome: string) => void
}

export interface DeliveryRuntime {
  deps: DeliveryDeps
  /** Takes a chunk. What must not be sent is recorded as such; the rest comes back, held by this process. */
  start(refs: RowRef[]): Promise<StartedDelivery[]>
  /** Opens this row's attempt, together with others; null = it must not go out now (it was given back). */
  open(row: { id: string; n: number }): Promise<Opened | null>
  /** Gives a row back untried, due again after `delayMs`. */
  postpone(row: { id: string; n: number }, delayMs: number): Promise<void>
  /** Gives a row back after an exception: counts as a start without an effect, unless Postgres was what failed. */
  giveBackFailed(row: { id: string; n: number; starts: number }, error: unknown): Promise<void>
  /** Judges and records what an attempt came to, then lets go of the row. */
  finish(attempt: FinishedAttempt): Promise<void>
  /** Records an end without an attempt. */
  end(
    row: StartedDelivery,
    state: 'cancelled' | 'held' | 'maybe-sent' | 'suppressed' | 'dead',
    reason: string,
    failure?: ResultToRecord['failure'],
  ): Promise<void>
}

export interface FinishedAttempt {
  id: string
  workspaceId: string
  eventId: string
  channel: 'email' | 'webhook' | 'in-app'
  version: number
  tries: number
  durationMs: number
  outcome: SendOutcome
  endpoint?: EndpointTarget
}

export function createDeliveryRuntime(deps: DeliveryDeps): DeliveryRuntime {
  const { owner, hot, held, log } = deps
  const opener: PacedBatcher<{ id: string; n: number }, Opened | null> = createPacedBatcher({
    paceMs: 4,
    size: 28,
    maxSize: 200,
    concurrency: 1,
    flush: async (rows) => {
      const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
      const opened = new Map((await retrySerialization(() => openAttempts(hot, owner, sorted))).map((row) => [row.id, row]))
      return rows.map((row) => opened.get(row.id) ?? null)
    },
  })

  async function release(rows: { id: string; n: number; delayMs: number; error?: string | null }[], refund: boolean): Promise<void> {
    try {
      await giveBack(hot, owner, rows, { kind: 'deliver', refund })
    } catch (error) {
      log.warn({ err: error, rows: rows.length }, 'rows could not be given back now; they are reclaimed')
    } finally {
      held.release(rows.map((row) => row.id))
    }
  }

  async function end(
    row: StartedDelivery,
    state: 'cancelled' | 'held' | 'maybe-sent' | 'suppressed' | 'dead',
    reason: string,
    failure: ResultToRecord['failure'] = null,
  ): Promise<void> {
    const interrupted = row.state === 'sending'
    try {
      await deps.recorder.record({
        ...blankResult(row),
        version: row.version,
        state,
        outcome: interrupted ? 'maybe-sent' : null,
        reason,
        error: interrupted ? 'The process that made this attempt ended before it could note the result' : (failure?.error ?? null),
        errorCode: interrupted ? 'interrupted' : (failure?.errorCode ?? null),
        failure,
      })
    } finally {
      held.release([row.id])
    }
  }

  return {
    deps,
    end,
    async start(refs) {
      const rows = await startDeliveries(deps.lazy, owner, refs)
      held.add(rows.map((row) => row.id))
      const sendable: StartedDelivery[] = []
      await Promise.all(
        rows.map(async (row) => {
          try {
            // A mail whose attempt somebody left open may have gone out: that is what must be recorded, whatever came since.
            if (row.state === 'sending' && row.channel === 'email') sendable.push(row)
            else if (row.cancelled) await end(row, 'cancelled', 'event cancelled')
            else if (row.expired) await end(row, 'cancelled', 'expired')
            else sendable.push(row)
          } catch (error) {
            await this.giveBackFailed(row, error)
          }
        }),
      )
      return sendable.sort((a, b) => (a.id < b.id ? -1 : 1))
    },
    async open(row) {
      const opened = await opener.add(row)
      // Not due, cancelled, held or no longer ours: looked at again in a moment, from the rows as they are then.
      if (!opened) await release([{ ...row, delayMs: 1_000 }], true)
      return opened
    },
    postpone: (row, delayMs) => release([{ ...row, delayMs }], true),
    async giveBackFailed(row, error) {
      log.error({ err: error, delivery: row.id }, 'a delivery could not be handled; it is given back')
      await release(
        [{ id: row.id, n: row.n, delayMs: 500 * 2 ** Math.min(row.starts, 6), error: tellTrouble(error) }],
        isUnavailable(error),
      )
    },
    async finish(attempt) {
      const { outcome } = attempt
      deps.onAttempt?.(attempt.channel, outcome.outcome)
      const schedule = retryScheduleFor({
        channel: attempt.channel,
        endpointSchedule: attempt.endpoint?.retrySchedule ?? null,
        environmentSchedule: deps.retrySchedule ?? null,
      })
      const verdict = judgeOutcome(outcome, { schedule, tries: attempt.tries })
      const failed = outcome.outcome === 'delivered' ? null : outcome
      try {
        await deps.recorder.record({
          workspaceId: attempt.workspaceId,
          deliveryId: attempt.id,
          eventId: attempt.eventId,
          version: attempt.version,
          state: verdict.state,
          outcome: outcome.outcome,
          statusCode: outcome.statusCode,
          errorCode: failed?.errorCode ?? null,
          error: failed?.error ?? null,
          durationMs: Math.round(attempt.durationMs),
          dial: outcome.dial,
          firstByteMs: outcome.firstByteMs,
          retryInMs: verdict.retryInMs,
          reason: verdict.reason,
          channel: attempt.channel,
          tries: attempt.tries,
          lane: attempt.endpoint?.id ?? attempt.workspaceId,
          failure:
            verdict.state === 'dead' && failed
              ? { kind: 'delivery-exhausted', errorCode: failed.errorCode, error: failed.error, where: failed.where }
              : null,
        })
      } finally {
        held.release([attempt.id])
      }
    },
  }
}

function blankResult(row: StartedDelivery): DeliveryResult & { channel: string; tries: number; lane: string; failure: null } {
  return {
    workspaceId: row.workspaceId,
    deliveryId: row.id,
    eventId: row.eventId,
    version: row.version,
    state: 'cancelled',
    outcome: null,
    statusCode: null,
    errorCode: null,
    error: null,
    durationMs: null,
    retryInMs: null,
    reason: null,
    channel: row.channel,
    tries: row.tries,
    lane: row.endpointId ?? row.workspaceId,
    failure: null,
  }
}
