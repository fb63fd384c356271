// Removing a job ends its work on purpose: a delivery is cancelled, an event that was not fanned out yet is cancelled whole. The row
// goes in the same transaction, so the ledger never misses it.
import type { PoolClient } from '#platform/postgres/index.ts'
import { Fault } from '#shared/fault.ts'
import type { WorkKind } from '#shared/jobs/queues.ts'
import { cancelDeliveries } from '../delivery/index.ts'
import { cancelEventIn } from '../events/index.ts'

export interface JobToRemove {
  id: string
  kind: WorkKind
  workspaceId: string
}

/** Answers the ids of those that were removed; what is being sent, and what has ended meanwhile, stays as it is. */
export async function removeJobs(client: PoolClient, jobs: readonly JobToRemove[], reason: string): Promise<string[]> {
  const removed: string[] = []
  const why = `removed by an operator: ${reason}`
  for (const [workspaceId, mine] of Map.groupBy(jobs, (job) => job.workspaceId)) {
    const deliveries = mine.filter((job) => job.kind === 'deliver').map((job) => job.id)
    if (deliveries.length > 0) removed.push(...(await cancelDeliveries(client, workspaceId, deliveries, why)))
    for (const job of mine.filter(({ kind }) => kind === 'fan-out')) {
      if (await cancelWaitingEvent(client, workspaceId, job.id, why)) removed.push(job.id)
    }
  }
  return removed
}

/** False when the event had ended before. */
async function cancelWaitingEvent(client: PoolClient, workspaceId: string, eventId: string, reason: string): Promise<boolean> {
  await client.query('SAVEPOINT one_event')
  try {
    await cancelEventIn(client, workspaceId, eventId, reason)
    return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    await client.query('ROLLBACK TO SAVEPOINT one_event')
    return false
  }
}
