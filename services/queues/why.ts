// Why is this job not running? Gathers the facts and lets the rules answer.
import type { Pool } from '#platform/postgres/index.ts'
import type { WhyNotRunning } from '#shared/contracts/job.ts'
import type { QueueView } from '#shared/contracts/queue.ts'
import { queues as definitions, type QueueName } from '#shared/jobs/queues.ts'
import { parseJobId } from './job-view.ts'
import { findJob } from './job.repository.ts'
import { jobGone, scopeOf } from './jobs.ts'
import type { Lanes, Onlooker } from './lanes.ts'
import { readPaused } from './queue-setting.repository.ts'
import { shownRow } from './redact-job.rules.ts'
import { whyNotRunning } from './why-not-running.rules.ts'
import { readWhy } from './why.repository.ts'

/** A failing endpoint's lane gets this share until one call succeeds (services/outbox/relay.ts). */
const failingShare = 16

export interface JobWhy {
  /** Faults: not-found, also when it is done. */
  ask(onlooker: Onlooker, queue: QueueName, id: string): Promise<WhyNotRunning>
}

export function createJobWhy(deps: { pool: Pool; desk: { get(name: QueueName): Promise<QueueView> }; lanes: Pick<Lanes, 'all'> }): JobWhy {
  const { pool } = deps
  return {
    async ask(onlooker, queue, id) {
      const ref = parseJobId(queue, id)
      const found = ref && (await findJob(pool, scopeOf(onlooker), queue, ref))
      if (!found) throw jobGone()
      const row = shownRow(found, onlooker.opens)
      const [facts, pause, desk, lanes] = await Promise.all([
        readWhy(pool, queue, { id: row.id, kind: row.kind, lane: row.lane, endpointId: row.endpointId }),
        readPaused(pool, queue),
        deps.desk.get(queue),
        deps.lanes.all(queue),
      ])
      if (!facts) throw jobGone()
      const mine = lanes.find((lane) => lane.id === row.lane)?.view
      // Lanes take turns: until its own turn has come, each of the others gets as many as stand before it in its own lane.
      const turns = facts.ownFree + 1
      const others = row.leased
        ? 0
        : lanes.reduce(
            (sum, lane) => sum + (lane.id === row.lane ? 0 : Math.min(Math.max(0, lane.view.waiting - lane.view.inRedis), turns)),
            0,
          )
      return whyNotRunning(id, {
        state: row.state,
        kind: row.kind,
        dueInMs: facts.dueInMs,
        tries: row.tries,
        lastError: row.lastError ?? row.attemptError,
        suspect: row.suspect,
        inRedis: row.leased,
        workerName: row.workerName,
        pause: pause && { by: pause.by, reason: pause.reason, sinceMs: Date.now() - pause.at.getTime() },
        endpoint:
          facts.endpointEnabled === null
            ? null
            : { enabled: facts.endpointEnabled, reason: facts.disabledReason, failing: facts.endpointFailing },
        hold: facts.hold,
        lane: {
          name: mine?.name ?? row.workspaceName,
          handedOver: facts.handedOver,
          share: facts.endpointFailing ? failingShare : definitions[queue].laneRows,
          limit: mine?.limit ?? null,
          limitedBy: mine?.limitedBy ?? null,
          servedPerSecond: mine?.servedPerSecond ?? null,
        },
        queue: {
          servicePerSecond: desk.servicePerSecond,
          ratePerSecond: desk.ratePerSecond,
          concurrency: desk.concurrency,
          concurrencyMax: desk.concurrencyMax,
          busy: desk.active,
        },
        ahead: { own: facts.ownFree + facts.ownRedis, others: facts.otherRedis + others },
        workers: { live: facts.liveWorkers, lastSeenMs: facts.lastSeenMs },
      })
    },
  }
}
