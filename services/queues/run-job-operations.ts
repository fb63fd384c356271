// Runs operations on many jobs, step by step. Each step is one transaction that begins by locking the operation's outbox row and ends
// by moving its cursor: after a kill it goes on where it stood, and never does a step twice.
import { isUnavailable, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Queues } from '#platform/queue/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import { tellTrouble } from '#platform/trouble/index.ts'
import { queues as definitions, type RowRef } from '#shared/jobs/queues.ts'
import { giveBack, undoDispatch, wakeRelay, type HeldRows } from '../outbox/index.ts'
import { leaseManyForPromotion, makeDue } from './job-action.repository.ts'
import {
  continueOperation,
  endOperation,
  lockOperationRow,
  recordStep,
  startOperations,
  type OperationRow,
} from './job-operation.repository.ts'
import { selectWindow } from './job-selection.repository.ts'
import { readPaused } from './queue-setting.repository.ts'
import { removeJobs } from './remove-jobs.ts'

/** Jobs that one transaction looks into. Cancelling an event is several statements, so those go in smaller steps. */
const rowsPerStep = 500
const eventsPerStep = 50
/** A job works this long before it puts itself back, so that others get their turn. */
const turnMs = 2_000

/** What a step came to. `handOver`: rows that were leased and go first, once the step is committed. */
type Step = { ended: true } | { ended: false; from: string | null; handOver: RowRef[] }

export function createJobOperationRunner(deps: { owner: string; pool: Pool; lazy: Pool; queues: Queues; log: Log; held: HeldRows }): {
  handle(refs: RowRef[]): Promise<void>
} {
  const { owner, pool, lazy, queues, log, held } = deps

  async function handle(refs: RowRef[]): Promise<void> {
    for (const operation of await startOperations(lazy, owner, refs)) {
      held.add([operation.id])
      try {
        await run(operation)
      } catch (error) {
        log.error({ err: error, operation: operation.id }, 'a step of an operation on jobs failed; it goes on later')
        await giveBack(pool, owner, [{ id: operation.id, n: operation.n, delayMs: 1_000, error: tellTrouble(error) }], {
          kind: 'bulk',
          refund: isUnavailable(error) || !queues.available,
        }).catch(() => {})
      } finally {
        held.release([operation.id])
      }
    }
  }

  async function run(operation: OperationRow & { n: number }): Promise<void> {
    const until = Date.now() + turnMs
    for (;;) {
      const step = await transaction(pool, async (client): Promise<Step> => {
        if (!(await lockOperationRow(client, owner, operation.id, operation.n))) return { ended: true }
        // Nothing is handed to a paused queue: what was not promoted waits as before.
        if (operation.action === 'promote' && (await readPaused(client, operation.queue))) {
          await endOperation(client, operation.id, 'stopped', 'the queue was paused')
          return { ended: true }
        }
        const next = await oneStep(client, operation)
        if (next.ended) await endOperation(client, operation.id, 'completed')
        return next
      })
      if (step.ended) return
      if (step.handOver.length > 0) await handOverFirst(operation, step.from, step.handOver)
      if (Date.now() >= until) break
    }
    await transaction(pool, async (client) => {
      if (await lockOperationRow(client, owner, operation.id, operation.n)) await continueOperation(client, operation.id, operation.n)
    })
  }

  async function oneStep(client: PoolClient, operation: OperationRow): Promise<Step> {
    const { filter, queue, cursor: from } = operation
    const state = filter.shown.state === 'paused' ? 'waiting' : filter.shown.state
    const { asOf, cutoffId } = operation
    const { jobs, reached } = await selectWindow(
      client,
      { workspaceId: operation.workspaceId, everywhere: operation.everywhere, opens: filter.opens ?? [operation.workspaceId] },
      { queue, state, lane: filter.lane, match: filter.match, ids: filter.ids ?? null, asOf, cutoffId },
      { after: from, rows: queue === 'fan-out' ? eventsPerStep : rowsPerStep },
    )
    if (reached === null) return { ended: true }
    let handOver: RowRef[] = []
    let done: number
    if (operation.action === 'promote') {
      handOver = await leaseManyForPromotion(client, queue, jobs)
      done = handOver.length
    } else {
      done = (operation.action === 'remove' ? await removeJobs(client, jobs, operation.reason) : await makeDue(client, jobs)).length
      if (done > 0) await wakeRelay(client)
    }
    await recordStep(client, operation.id, { cursor: reached, done })
    operation.cursor = reached
    return { ended: false, from, handOver }
  }

  /** Into Redis, before everything that waits there. When Redis does not take it, the step has not happened. */
  async function handOverFirst(operation: OperationRow, from: string | null, rows: RowRef[]): Promise<void> {
    const { queue } = operation
    const { chunkRows } = definitions[queue]
    const order = rows.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    const chunks = Array.from({ length: Math.ceil(order.length / chunkRows) }, (_, i) => order.slice(i * chunkRows, (i + 1) * chunkRows))
    try {
      // Each goes before the one that was put there last: the first is put there last.
      await queues.add(chunks.reverse().map((chunk) => ({ queue, rows: chunk, delayMs: 0, first: true })))
    } catch (error) {
      await transaction(pool, async (client) => {
        await undoDispatch(client, rows)
        await recordStep(client, operation.id, { cursor: from, done: -rows.length })
      })
      throw error
    }
  }

  return { handle }
}
