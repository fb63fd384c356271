// What an operator does to single jobs, in SQL. A worker's rows are its own: nothing here touches what was started, but for
// removals, which the protocol lets pass a worker that has not opened an attempt.
import { sqlArray, type PoolClient } from '#platform/postgres/index.ts'
import type { QueueName, RowRef, WorkKind } from '#shared/jobs/queues.ts'
import { dispatchLeaseSeconds } from '../outbox/index.ts'
import type { JobRef } from './job.repository.ts'

/** Makes delayed jobs due now. What stands in Redis for its moment gets another number, so that it does not go out twice. Answers which. */
export async function makeDue(client: PoolClient, refs: readonly Pick<JobRef, 'id' | 'kind'>[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `WITH chosen AS (
       SELECT o.id, o.kind FROM outbox o JOIN unnest($1::uuid[], $2::text[]) AS j(id, kind) ON o.id = j.id AND o.kind = j.kind
       WHERE o.lease_owner IS NULL AND o.due_at > now() AND o.due_at < 'infinity' ORDER BY o.id FOR UPDATE OF o
     ), due AS (
       UPDATE outbox o SET due_at = now(), leased = false, lease_until = NULL, dispatches = o.dispatches + 1
       FROM chosen c WHERE o.id = c.id AND o.kind = c.kind RETURNING o.id, o.kind, o.workspace_id
     ), told AS (
       UPDATE delivery d SET next_attempt_at = now() FROM due WHERE due.kind = 'deliver' AND d.workspace_id = due.workspace_id AND d.id = due.id AND d.state = 'retrying'
     ) SELECT id FROM due`,
    [sqlArray(refs.map((ref) => ref.id)), sqlArray(refs.map((ref) => ref.kind))],
  )
  return rows.map((row) => row.id)
}

/** The same for many; what a worker has, what is held and what runs alone stays. */
export async function leaseManyForPromotion(
  client: PoolClient,
  queue: QueueName,
  refs: readonly Pick<JobRef, 'id' | 'kind'>[],
): Promise<RowRef[]> {
  const { rows } = await client.query<RowRef>(
    `WITH chosen AS (
       SELECT o.id, o.kind FROM outbox o JOIN unnest($1::uuid[], $2::text[]) AS j(id, kind) ON o.id = j.id AND o.kind = j.kind
       WHERE o.queue = $3 AND o.lease_owner IS NULL AND o.due_at < 'infinity' AND NOT o.suspect ORDER BY o.id FOR UPDATE OF o
     ) UPDATE outbox o SET due_at = least(o.due_at, now()), leased = true, lease_owner = NULL, dispatches = o.dispatches + 1,
         lease_until = now() + interval '${dispatchLeaseSeconds} seconds'
       FROM chosen c WHERE o.id = c.id AND o.kind = c.kind RETURNING o.id, o.dispatches AS n`,
    [sqlArray(refs.map((ref) => ref.id)), sqlArray(refs.map((ref) => ref.kind)), queue],
  )
  return rows
}

/** Leases a job for the hand-over that its caller does now, whatever its lane's share says. Null when a worker has it, or it may not go. */
export async function leaseForPromotion(client: PoolClient, queue: QueueName, job: { id: string; kind: WorkKind }): Promise<RowRef | null> {
  const { rows } = await client.query<RowRef>(
    `UPDATE outbox SET due_at = least(due_at, now()), leased = true, lease_owner = NULL, dispatches = dispatches + 1,
       lease_until = now() + interval '${dispatchLeaseSeconds} seconds'
     WHERE id = $1 AND kind = $2 AND queue = $3 AND lease_owner IS NULL AND due_at < 'infinity' AND NOT suspect RETURNING id, dispatches AS n`,
    [job.id, job.kind, queue],
  )
  return rows[0] ?? null
}
