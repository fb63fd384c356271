// A row of the outbox as operators see it.
import type { JobDetail, JobView } from '#shared/contracts/job.ts'
import { parsePublicId, publicId, publicIdOrNull, type IdKind } from '#shared/ids.ts'
import { queues as definitions, type QueueName, type WorkKind } from '#shared/jobs/queues.ts'
import { attemptView, type AttemptRow } from '#shared/view/attempt-view.ts'
import type { JobRow } from './job.repository.ts'

const idKinds: Record<WorkKind, IdKind> = { 'fan-out': 'event', deliver: 'delivery', replay: 'replay', bulk: 'jobOperation' }

export function jobId(kind: WorkKind, uuid: string): string {
  return publicId(idKinds[kind], uuid)
}

/** What an id names in a queue, or null when nothing of that kind stands in it. */
export function parseJobId(queue: QueueName, id: string): { id: string; kind: WorkKind } | null {
  const kinds: WorkKind[] = queue === 'replay' ? ['replay', 'bulk'] : [definitions[queue].kind]
  for (const kind of kinds) {
    const uuid = parsePublicId(idKinds[kind], id)
    if (uuid) return { id: uuid, kind }
  }
  return null
}

/** pg reads 'infinity' as a number. */
export function dueAtOf(row: JobRow): string | null {
  return row.dueAt instanceof Date ? row.dueAt.toISOString() : null
}

export function jobView(row: JobRow): JobView {
  return {
    id: jobId(row.kind, row.id),
    kind: row.kind,
    state: row.state,
    standsIn: row.leaseOwner ? 'worker' : row.leased ? 'redis' : 'postgres',
    lane: row.channel === 'webhook' ? publicId('endpoint', row.lane) : row.workspaceKey,
    workspaceKey: row.workspaceKey,
    workspaceName: row.workspaceName,
    eventId: publicIdOrNull('event', row.eventId),
    eventType: row.eventType,
    subject: row.subject ?? row.eventSubject ?? row.note,
    recipientId: row.recipientId,
    address: row.address,
    endpointId: publicIdOrNull('endpoint', row.endpointId),
    endpointUrl: row.endpointUrl,
    tries: row.tries,
    starts: row.starts,
    dueAt: dueAtOf(row),
    waitingMs: Math.max(0, row.waitingMs),
    error: row.lastError ?? row.attemptError,
  }
}

export function jobDetail(row: JobRow, attempts: AttemptRow[], queuePaused: boolean): JobDetail {
  return {
    ...jobView(row),
    queuePaused,
    dispatches: row.dispatches,
    suspect: row.suspect,
    lease: row.leased
      ? {
          until: row.leaseUntil?.toISOString() ?? null,
          worker: row.leaseOwner
            ? {
                id: publicId('process', row.leaseOwner),
                name: row.workerName ?? 'gone',
                host: row.workerHost ?? '',
                lastSeenAt: (row.workerSeenAt ?? new Date(0)).toISOString(),
              }
            : null,
        }
      : null,
    cursor: row.cursor,
    event: row.eventId
      ? {
          id: publicId('event', row.eventId),
          type: row.eventType!,
          state: row.eventState!,
          subject: row.eventSubject,
          acceptedAt: row.acceptedAt!.toISOString(),
          openDeliveries: row.openDeliveries!,
        }
      : null,
    delivery: row.deliveryState
      ? {
          id: publicId('delivery', row.id),
          state: row.deliveryState,
          reason: row.deliveryReason,
          channel: row.channel!,
          generation: row.generation!,
          nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
          attempts: attempts.map(attemptView),
        }
      : null,
    payload: row.payload,
  }
}
