// Runs operations on many jobs, step by step. Each step is one transaction that begins by locking the operation's outbox row and ends
// by moving its cursor: after a kill it goes on where it stood, and never does a step twice.
import { isUnavailable, transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Log } from '#platform/telemetry/log.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { giveBack, wakeRelay, type HeldRows } from '../outbox/index.ts'
import { makeDue } from './job-action.repository.ts'
import {
  continueOperation,
  endOperation,
  lockOperationRow,
  recordStep,
  startOperations,
  type OperationRow,
} from './job-operation.repository.ts'
import { selectWindow } from './job.repository.ts'
import { removeJobs } from './remove-jobs.ts'

/** Jobs that one transaction looks into. Cancelling an event is several statements, so those go in smaller steps. */
const rowsPerStep = 500
const eventsPerStep = 50
/** A job works this long before it puts itself back, so that others get their turn. */
const turnMs = 2_000

export function createJobOperationRunner(deps: { owner: string; pool: Pool; lazy: Pool; log: Log; held: HeldRows }): {
  handle(refs: RowRef[]): Promise<void>
} {
  const { owner, pool, lazy, log, held } = deps

  async function handle(refs: RowRef[]): Promise<void> {
    for (const operation of await startOperations(lazy, owner, refs)) {
      held.add([operation.id])
      try {
        await run(operation)
      } catch (error) {
        log.error({ err: error, operation: operation.id }, 'a step of an operation on jobs failed; it goes on later')
        await giveBack(pool, owner, [{ id: operation.id, n: operation.n, delayMs: 1_000, error: (error as Error).message }], {
          kind: 'bulk',
          refund: isUnavailable(error),
        }).catch(() => {})
      } finally {
        held.release([operation.id])
      }
    }
  }

  async function run(operation: OperationRow & { n: number }): Promise<void> {
    const until = Date.now() + turnMs
    for (let goesOn = true; goesOn;) {
      goesOn = await transaction(pool, async (client) => {
        if (!(await lockOperationRow(client, owner, operation.id, operation.n))) return false
        if (await oneStep(client, operation)) {
          await endOperation(client, operation.id, 'completed')
          return false
        }
        if (Date.now() < until) return true
        await continueOperation(client, operation.id, operation.n)
        return false
      })
    }
  }

  /** True when it was the last one. */
  async function oneStep(client: PoolClient, operation: OperationRow): Promise<boolean> {
    const { filter } = operation
    const state = filter.shown.state === 'paused' ? 'waiting' : filter.shown.state
    const { jobs, reached } = await selectWindow(
      client,
      { workspaceId: operation.workspaceId, everywhere: operation.everywhere },
      { queue: operation.queue, state, lane: filter.lane, match: filter.match, asOf: operation.asOf, cutoffId: operation.cutoffId },
      { after: operation.cursor, rows: operation.queue === 'fan-out' ? eventsPerStep : rowsPerStep },
    )
    if (reached === null) return true
    const done = operation.action === 'remove' ? await removeJobs(client, jobs, operation.reason) : await makeDue(client, jobs)
    await recordStep(client, operation.id, { cursor: reached, done: done.length })
    if (done.length > 0) await wakeRelay(client)
    operation.cursor = reached
    return false
  }

  return { handle }
}
