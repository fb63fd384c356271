// Queues as operators see them: what waits, how long, who works on it, and the switch that pauses.
//
// waiting   due, and no worker has started it: in Postgres or in Redis, which makes no difference to who waits
// active    a worker has it
// delayed   due later; what is held (a disabled endpoint) is not counted, because no time makes it due
// paused    nothing is dispatched to the queue any more; what is with a worker ends
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Redis } from '#platform/redis/index.ts'
import type { MetricsShare } from '#platform/telemetry/share-metrics.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { Page } from '#shared/contracts/page.ts'
import type { QueuePatch, QueueView, WorkerView } from '#shared/contracts/queue.ts'
import { queueNames, type QueueName } from '#shared/jobs/queues.ts'
import { appendAudit } from '../audit/index.ts'
import { readWorkers, workerViewOf } from '../processes/index.ts'
import { readReports } from '#platform/telemetry/report-counters.ts'
import { untilPauseIsHeard, wakeRelay } from '../outbox/index.ts'
import { queueViewOf } from './queue-view.ts'
import { readQueueRows, setPaused, type QueueRow } from './queue.repository.ts'
import { keepByCost } from './keep-by-cost.ts'
import { pageAfter, type PageQuery } from './page-after.ts'
import { adjustQueue } from './adjust-queue.ts'
import { startRateSampler } from './sample-rates.ts'

export { followConcurrency } from './follow-concurrency.ts'
export { createJobs, type Jobs } from './jobs.ts'
export { createJobActions, type JobActions } from './job-actions.ts'
export { createJobOperations, type JobOperations } from './job-operations.ts'
export { createJobOperationRunner } from './run-job-operations.ts'
export { createJobWhy, type JobWhy } from './why.ts'
export { createLanes, type Lanes, type Onlooker } from './lanes.ts'
export { createLaneTally, type LaneTally } from './lane-tally.ts'
export { queueViewOf } from './queue-view.ts'
export { readQueueRows, type QueueRow } from './queue.repository.ts'

export interface QueueDesk {
  list(query: PageQuery): Promise<Page<QueueView>>
  get(name: QueueName): Promise<QueueView>
  /** Of the whole instance; the audit entry stands in the caller's workspace. Pausing what is paused changes nothing. */
  pause(workspaceId: string, name: QueueName, actor: Actor, reason: string): Promise<QueueView>
  resume(workspaceId: string, name: QueueName, actor: Actor, reason: string): Promise<QueueView>
  /** Concurrency and rate of the whole instance. Resolves when the workers have taken it over, or after two seconds. Faults: invalid. */
  adjust(workspaceId: string, name: QueueName, actor: Actor, patch: QueuePatch): Promise<QueueView>
  /** Live processes, APIs too. */
  workers(query: PageQuery): Promise<Page<WorkerView>>
  /** Looks at the rates now, instead of at the next turn. */
  look(): Promise<void>
  close(): Promise<void>
}

export function createQueueDesk(deps: { pool: Pool; redis: Redis; shared: Pick<MetricsShare, 'read'> }): QueueDesk {
  const { pool } = deps
  const rates = startRateSampler(deps)

  const viewOf = (row: QueueRow): QueueView => queueViewOf(row, rates.of(row.name))

  const rows = keepByCost(() => readQueueRows(pool, queueNames))

  async function get(name: QueueName): Promise<QueueView> {
    return viewOf((await rows.get()).find((row) => row.name === name)!)
  }

  async function change(workspaceId: string, name: QueueName, actor: Actor, reason: string, paused: boolean): Promise<QueueView> {
    const changed = await transaction(pool, async (client) => {
      if (!(await setPaused(client, name, paused ? { by: actor.name, reason } : null))) return false
      await appendAudit(client, {
        workspaceId,
        actor,
        action: paused ? 'queue.pause' : 'queue.resume',
        subjectKind: 'queue',
        subjectId: name,
        reason,
      })
      await wakeRelay(client)
      return true
    })
    // Whoever has the answer may rely on it: what is sent from now on stays where it is.
    if (changed && paused) await untilPauseIsHeard(deps.redis, name)
    rows.forget()
    return get(name)
  }

  return {
    get,
    async list(query) {
      return pageAfter(await rows.get(), query, (row) => row.name, viewOf)
    },
    pause: (workspaceId, name, actor, reason) => change(workspaceId, name, actor, reason, true),
    resume: (workspaceId, name, actor, reason) => change(workspaceId, name, actor, reason, false),
    async adjust(workspaceId, name, actor, patch) {
      await adjustQueue(pool, { workspaceId, name, actor, patch })
      rows.forget()
      return get(name)
    },
    async workers(query) {
      const [workers, queues, reports] = await Promise.all([readWorkers(pool), rows.get(), readReports(deps.redis)])
      return pageAfter(
        workers,
        query,
        (row) => row.id,
        (row) => workerViewOf(row, { report: reports.get(row.id), requestsPerSecond: null, queues }),
      )
    },
    look: () => rates.look(),
    close: () => rates.close(),
  }
}
