// A selection of jobs in SQL: what a filter means as a whole, counted, and gone through window by window by an operation on all of it.
import { containsPattern, sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { JobState } from '#shared/contracts/job.ts'
import type { QueueName, WorkKind } from '#shared/jobs/queues.ts'
import { jobJoins, lookedInto, type JobMatch, type JobScope } from './job.repository.ts'

export interface JobSelection {
  queue: QueueName
  state: JobState
  lane: string | null
  match: JobMatch | null
  /** Only these rows; null = all. */
  ids: string[] | null
  /** States are those of this moment. */
  asOf: Date
  cutoffId: string
}

const whole: Record<JobState, string> = {
  waiting: 'o.lease_owner IS NULL AND o.due_at <= $4',
  active: 'o.lease_owner IS NOT NULL AND $4::timestamptz IS NOT NULL',
  delayed: "o.lease_owner IS NULL AND o.due_at > $4 AND o.due_at < 'infinity'",
  held: "o.due_at = 'infinity' AND $4::timestamptz IS NOT NULL",
}

/** $1 queue, $2 workspace or NULL, $3 lane or NULL, $4 as of, $5 cutoff, $7 ids or NULL, $8 workspaces that are open. */
const selected = ({ state, ids }: JobSelection): string =>
  `o.queue = $1 AND ($2::uuid IS NULL OR o.workspace_id = $2) AND ($3::uuid IS NULL OR o.lane = $3) AND o.id <= $5::uuid AND $8::uuid[] IS NOT NULL AND ${whole[state]}
   AND ${ids === null ? '$7::uuid[] IS NULL' : 'o.id = ANY($7::uuid[])'}`

/** $6 the value of the match. */
function matchSql(match: JobMatch | null): string {
  if (match?.kind === 'job') return 'o.id = $6::uuid'
  if (match?.kind === 'event') return 'e.id = $6::uuid'
  if (match?.kind === 'notification') return 'd.notification_id = $6::uuid'
  if (match?.kind === 'recipient') return 'd.recipient_id = $6::text'
  return match ? lookedInto('$6', '$8') : '$6::text IS NULL'
}

function selectionValues(scope: JobScope, selection: JobSelection): unknown[] {
  const { match, ids } = selection
  const value = match === null ? null : match.kind === 'words' ? containsPattern(match.value) : match.value
  const whose = scope.everywhere ? null : scope.workspaceId
  const only = ids === null ? null : sqlArray(ids)
  return [selection.queue, whose, selection.lane, selection.asOf, selection.cutoffId, value, only, sqlArray(scope.opens)]
}

export interface SelectionCount {
  total: number
  oldestDueAt: Date | null
  lanes: { lane: string; endpointId: string | null; workspaceKey: string; count: number }[]
}

/** Exactly how many jobs are selected, and whose they are. Reads all of them: for a person who is about to act. */
export async function countSelection(client: Pool | PoolClient, scope: JobScope, selection: JobSelection): Promise<SelectionCount> {
  const needsJoins = selection.match !== null && selection.match.kind !== 'job'
  // Plain joins: the planner may hash what is looked up one by one elsewhere.
  const wide = `LEFT JOIN delivery d ON o.kind = 'deliver' AND d.workspace_id = o.workspace_id AND d.id = o.id
    LEFT JOIN event e ON e.workspace_id = o.workspace_id AND e.id = CASE o.kind WHEN 'fan-out' THEN o.id WHEN 'deliver' THEN d.event_id END
    LEFT JOIN notification n ON n.workspace_id = o.workspace_id AND n.id = d.notification_id
    LEFT JOIN LATERAL (SELECT a.error FROM attempt a WHERE a.delivery_id = d.id AND a.outcome <> 'delivered' AND a.number >= d.version - 1 ORDER BY a.number DESC LIMIT 1) a ON true
    LEFT JOIN endpoint p ON p.id = d.endpoint_id`
  const { rows } = await client.query<{ total: number; oldestDueAt: Date | number | null; lanes: SelectionCount['lanes'] }>(
    `WITH chosen AS (SELECT o.lane, o.due_at FROM outbox o ${needsJoins ? wide : ''} WHERE ${selected(selection)} AND ${matchSql(selection.match)}),
     lanes AS (SELECT lane, count(*)::int AS count FROM chosen GROUP BY lane ORDER BY 2 DESC LIMIT 10)
     SELECT (SELECT count(*)::int FROM chosen) AS total, (SELECT min(due_at) FROM chosen) AS "oldestDueAt",
       (SELECT coalesce(json_agg(json_build_object('lane', l.lane, 'endpointId', p.id, 'workspaceKey', w.key, 'count', l.count) ORDER BY l.count DESC), '[]')
        FROM lanes l LEFT JOIN endpoint p ON p.id = l.lane LEFT JOIN workspace w ON w.id = l.lane) AS lanes`,
    selectionValues(scope, selection),
  )
  const row = rows[0]!
  return { ...row, oldestDueAt: row.oldestDueAt instanceof Date ? row.oldestDueAt : null }
}

/** The next window of a selection by id: those that match, and how far it reached (null = the end). */
export async function selectWindow(
  client: PoolClient,
  scope: JobScope,
  selection: JobSelection,
  window: { after: string | null; rows: number },
): Promise<{ jobs: { id: string; kind: WorkKind; workspaceId: string }[]; reached: string | null }> {
  const { rows } = await client.query<{ jobs: { id: string; kind: WorkKind; workspaceId: string }[] | null; reached: string | null }>(
    `WITH next AS MATERIALIZED (
       SELECT * FROM outbox o WHERE ${selected(selection)} AND ($9::uuid IS NULL OR o.id > $9) ORDER BY o.id LIMIT $10
     )
     SELECT (SELECT id::text FROM next ORDER BY id DESC LIMIT 1) AS reached,
       (SELECT json_agg(json_build_object('id', o.id, 'kind', o.kind, 'workspaceId', o.workspace_id) ORDER BY o.id) FROM next o ${jobJoins} WHERE ${matchSql(selection.match)}) AS jobs`,
    [...selectionValues(scope, selection), window.after, window.rows],
  )
  return { jobs: rows[0]!.jobs ?? [], reached: rows[0]!.reached }
}
