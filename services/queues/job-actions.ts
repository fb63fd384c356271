// What an operator does to one job: due now, past its lane, gone.
import { transaction, type Pool } from '#platform/postgres/index.ts'
import type { Queues } from '#platform/queue/index.ts'
import type { Actor } from '#shared/contracts/audit.ts'
import type { JobActionResult } from '#shared/contracts/job.ts'
import { Fault } from '#shared/fault.ts'
import type { QueueName, WorkKind } from '#shared/jobs/queues.ts'
import { appendAudit } from '../audit/index.ts'
import { undoDispatch, wakeRelay } from '../outbox/index.ts'
import { leaseForPromotion, makeDue } from './job-action.repository.ts'
import { jobView, parseJobId } from './job-view.ts'
import { findJob, type JobRow } from './job.repository.ts'
import { jobGone, scopeOf } from './jobs.ts'
import type { Onlooker } from './lanes.ts'
import { readPaused } from './queue-setting.repository.ts'
import { shownRow } from './redact-job.rules.ts'
import { removeJobs } from './remove-jobs.ts'

export interface JobActions {
  /** Due now instead of later. Faults: not-found; conflict when it is not delayed. */
  retry(onlooker: Onlooker, queue: QueueName, id: string, actor: Actor, reason: string): Promise<JobActionResult>
  /** Handed over at once and first in line, past its lane and the queue's rate. Faults: not-found, conflict, dependency-unavailable. */
  promote(onlooker: Onlooker, queue: QueueName, id: string, actor: Actor, reason: string): Promise<JobActionResult>
  /** Ends the work: the delivery or the event is cancelled. Faults: not-found; conflict when it is being sent. */
  remove(onlooker: Onlooker, queue: QueueName, id: string, actor: Actor, reason: string): Promise<JobActionResult>
}

export function createJobActions({ pool, queues }: { pool: Pool; queues: Queues }): JobActions {
  async function existing(onlooker: Onlooker, queue: QueueName, id: string): Promise<JobRow> {
    const job = parseJobId(queue, id)
    const row = job && (await findJob(pool, scopeOf(onlooker), queue, job))
    if (!row) throw jobGone()
    return row
  }

  async function answer(onlooker: Onlooker, queue: QueueName, id: string, done: JobActionResult['done']): Promise<JobActionResult> {
    const row = await findJob(pool, scopeOf(onlooker), queue, parseJobId(queue, id)!)
    return { id, done, job: row && jobView(shownRow(row, onlooker.opens)) }
  }

  function entry(row: JobRow, queue: QueueName, id: string, actor: Actor, reason: string, action: string) {
    return {
      workspaceId: row.workspaceId,
      actor,
      action: `job.${action}`,
      subjectKind: 'job',
      subjectId: id,
      reason,
      details: { queue, state: row.state, eventType: row.eventType },
    }
  }

  return {
    async retry(onlooker, queue, id, actor, reason) {
      const row = await existing(onlooker, queue, id)
      await transaction(pool, async (client) => {
        if ((await makeDue(client, [row])).length === 0)
          throw new Fault('conflict', whyNotRetried[row.state === 'delayed' ? 'waiting' : row.state])
        await appendAudit(client, entry(row, queue, id, actor, reason, 'retry'))
        await wakeRelay(client)
      })
      return answer(onlooker, queue, id, 'retried')
    },
    async promote(onlooker, queue, id, actor, reason) {
      const row = await existing(onlooker, queue, id)
      if (await readPaused(pool, queue)) throw new Fault('conflict', 'The queue is paused: nothing is handed over until it is resumed.')
      if (!queues.available) throw new Fault('dependency-unavailable', 'Redis does not answer.', { retryAfterSeconds: 2 })
      const ref = await transaction(pool, async (client) => {
        const leased = await leaseForPromotion(client, queue, row)
        if (!leased) throw new Fault('conflict', whyNotPromoted(row))
        await appendAudit(client, entry(row, queue, id, actor, reason, 'promote'))
        return leased
      })
      await queues.add([{ queue, rows: [ref], delayMs: 0, first: true }]).catch(async () => {
        await undoDispatch(pool, [ref])
        throw new Fault('dependency-unavailable', 'Redis did not take it: the job waits as before.', { retryAfterSeconds: 2 })
      })
      return answer(onlooker, queue, id, 'promoted')
    },
    async remove(onlooker, queue, id, actor, reason) {
      const row = await existing(onlooker, queue, id)
      if (row.kind !== 'deliver' && row.kind !== 'fan-out') throw new Fault('conflict', whyNotRemoved[row.kind])
      await transaction(pool, async (client) => {
        if ((await removeJobs(client, [row], reason)).length === 0)
          throw new Fault('conflict', 'It is being sent right now, or has just ended: what is on its way cannot be taken back.')
        await appendAudit(client, entry(row, queue, id, actor, reason, 'remove'))
      })
      return answer(onlooker, queue, id, 'removed')
    },
  }
}

const whyNotRetried = {
  waiting: 'It is due already and waits for its turn: promote it to let it go first.',
  active: 'A worker has it right now.',
  held: 'Its endpoint is disabled or its provider held: enable or release it, and what is held goes out.',
} as const

function whyNotPromoted(row: JobRow): string {
  if (row.suspect) return 'It was started several times without an effect and runs alone when its turn comes.'
  if (row.state === 'held') return whyNotRetried.held
  return whyNotRetried.active
}

const whyNotRemoved: Record<Exclude<WorkKind, 'deliver' | 'fan-out'>, string> = {
  replay: 'It stands for a replay: abort the replay instead.',
  bulk: 'It stands for an operation: abort the operation instead.',
}
