// job_operation: one action on all jobs of a selection, done in steps; its outbox row (kind `bulk`) says that it is not done.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { BulkAction, JobFilter, JobOperationState } from '#shared/contracts/job.ts'
import type { QueueName, RowRef } from '#shared/jobs/queues.ts'
import { startCte, startValues } from '../outbox/index.ts'
import type { JobMatch, JobScope } from './job.repository.ts'

/** What was asked for, and what it meant at that moment. */
export interface FrozenFilter {
  shown: JobFilter
  lane: string | null
  match: JobMatch | null
  ids: string[] | null
  /** Whose content was open to whoever asked; missing in rows from before there was a difference. */
  opens?: readonly string[]
}

export interface OperationRow {
  id: string
  workspaceId: string
  everywhere: boolean
  queue: QueueName
  action: BulkAction
  filter: FrozenFilter
  state: JobOperationState
  cutoffId: string
  asOf: Date
  cursor: string | null
  total: number
  done: number
  skipped: number
  reason: string
  startedBy: string
  stopReason: string | null
  createdAt: Date
  finishedAt: Date | null
}

const columns = `x.id, x.workspace_id AS "workspaceId", x.everywhere, x.queue, x.action, x.filter, x.state, x.cutoff_id AS "cutoffId", x.as_of AS "asOf", x.cursor, x.total, x.done, x.skipped,
  x.reason, x.started_by AS "startedBy", x.stop_reason AS "stopReason", x.created_at AS "createdAt", x.finished_at AS "finishedAt"`

export async function insertOperation(
  client: PoolClient,
  row: Pick<
    OperationRow,
    'id' | 'workspaceId' | 'everywhere' | 'queue' | 'action' | 'filter' | 'cutoffId' | 'asOf' | 'total' | 'reason' | 'startedBy'
  >,
): Promise<void> {
  await client.query(
    `INSERT INTO job_operation (id, workspace_id, everywhere, queue, action, filter, state, cutoff_id, as_of, total, reason, started_by)
     VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9, $10, $11)`,
    [
      row.id,
      row.workspaceId,
      row.everywhere,
      row.queue,
      row.action,
      JSON.stringify(row.filter),
      row.cutoffId,
      row.asOf,
      row.total,
      row.reason,
      row.startedBy,
    ],
  )
  await client.query(
    "INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) VALUES ($1, 'bulk', $2, 'replay', $2, now(), false)",
    [row.id, row.workspaceId],
  )
  await client.query("SELECT pg_notify('outbox', '')")
}

export async function findOperation(
  client: Pool | PoolClient,
  scope: JobScope,
  queue: QueueName,
  id: string,
): Promise<OperationRow | null> {
  const { rows } = await client.query<OperationRow>(
    `SELECT ${columns} FROM job_operation x WHERE x.id = $1 AND x.queue = $2 AND ($3 OR x.workspace_id = $4)`,
    [id, queue, scope.everywhere, scope.workspaceId],
  )
  return rows[0] ?? null
}

/** Newest first. */
export async function listOperations(
  pool: Pool,
  scope: JobScope,
  queue: QueueName,
  page: { before: string | null; count: number },
): Promise<OperationRow[]> {
  const { rows } = await pool.query<OperationRow>(
    `SELECT ${columns} FROM job_operation x WHERE x.queue = $1 AND ($2 OR x.workspace_id = $3) AND ($4::uuid IS NULL OR x.id < $4) ORDER BY x.id DESC LIMIT $5`,
    [queue, scope.everywhere, scope.workspaceId, page.before, page.count],
  )
  return rows
}

/** The `start` step of operations among these refs. */
export async function startOperations(lazy: Pool, owner: string, refs: RowRef[]): Promise<(OperationRow & { n: number })[]> {
  const { rows } = await lazy.query<OperationRow & { n: number }>({
    name: 'bulk-start',
    text: `WITH ${startCte} SELECT ${columns}, s.dispatches AS n FROM started s JOIN job_operation x ON x.id = s.id`,
    values: startValues(owner, refs, 'bulk'),
  })
  return rows
}

/** True while the row is still ours: every step begins with this lock, so that a frozen process cannot act twice. */
export async function lockOperationRow(client: PoolClient, owner: string, id: string, n: number): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM outbox WHERE id = $1 AND kind = 'bulk' AND dispatches = $2 AND lease_owner = $3 FOR UPDATE",
    [id, n, owner],
  )
  return rows.length > 0
}

/** What a step has done, in its transaction. */
export async function recordStep(client: PoolClient, id: string, step: { cursor: string | null; done: number }): Promise<void> {
  await client.query('UPDATE job_operation SET cursor = $2, done = done + $3 WHERE id = $1', [id, step.cursor, step.done])
}

/** The next step is due at once, for whoever has room. */
export async function continueOperation(client: PoolClient, id: string, n: number): Promise<void> {
  await client.query(
    `UPDATE outbox SET leased = false, lease_owner = NULL, lease_until = NULL, starts = 0, suspect = false, due_at = now() WHERE id = $1 AND kind = 'bulk' AND dispatches = $2`,
    [id, n],
  )
  await client.query("SELECT pg_notify('outbox', '')")
}

export async function endOperation(
  client: PoolClient,
  id: string,
  state: JobOperationState,
  stopReason: string | null = null,
): Promise<void> {
  await client.query(
    'UPDATE job_operation SET state = $2, stop_reason = $3, skipped = greatest(0, total - done), finished_at = now() WHERE id = $1',
    [id, state, stopReason],
  )
  await client.query("DELETE FROM outbox WHERE id = $1 AND kind = 'bulk'", [id])
}

/** The state under the lock of its outbox row, so that a step that is being done ends first. */
export async function lockOperationForEnd(client: PoolClient, id: string): Promise<JobOperationState> {
  await client.query("SELECT 1 FROM outbox WHERE id = $1 AND kind = 'bulk' FOR UPDATE", [id])
  const { rows } = await client.query<{ state: JobOperationState }>('SELECT state FROM job_operation WHERE id = $1 FOR UPDATE', [id])
  return rows[0]!.state
}
