// Jobs in SQL: rows of the outbox of one queue in the order in which they are due, found by the indexes that the relay uses.
//
// A row is free (nobody has it), suspect (free, and runs alone) or leased (handed over or started). Free rows are read lane by lane
// from (queue, lane, due_at) and merged: no index knows the order of all lanes together, and one more would be paid on every event.
import { sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { Channel, DeliveryState, EventState } from '#shared/contracts/event.ts'
import type { JobState } from '#shared/contracts/job.ts'
import type { QueueName, WorkKind } from '#shared/jobs/queues.ts'
import type { AttemptRow } from '#shared/view/attempt-view.ts'

/** Whose jobs: one workspace's, or everybody's for an operator of the instance. */
export interface JobScope {
  workspaceId: string
  everywhere: boolean
  /** Workspaces whose content may be looked into and read. */
  opens: readonly string[]
}

export interface JobPosition {
  dueAt: string
  id: string
}

/** Enough of a row to go on from it, and to find it. */
export interface JobRef extends JobPosition {
  kind: WorkKind
}

/** What a state means for rows that nobody has, and for rows that were handed over; null = none of those. */
const conditions: Record<JobState, { free: string | null; leased: string | null }> = {
  waiting: { free: 'o.due_at <= $asOf', leased: 'o.lease_owner IS NULL AND o.due_at <= $asOf' },
  active: { free: null, leased: 'o.lease_owner IS NOT NULL' },
  delayed: { free: "o.due_at > $asOf AND o.due_at < 'infinity'", leased: 'o.lease_owner IS NULL AND o.due_at > $asOf' },
  held: { free: "o.due_at = 'infinity'", leased: null },
}

const position = 'o.id, o.kind, o.due_at'

/** The next `count` jobs of a state after a position, oldest due first. Parameters: $1 queue, $2 workspace or NULL, $3 lane or NULL, $4, $5 position, $6 count. */
function listSql(state: JobState, webhooks: boolean): string {
  const { free, leased } = conditions[state]
  const asOf = (condition: string): string => condition.replaceAll('$asOf', 'now()')
  // Without an OR, which would keep a prepared plan from beginning at the position in the index: each page would read all before it.
  const from = "coalesce($4::timestamptz, '-infinity')"
  const after = `o.due_at >= ${from} AND (o.due_at, o.id) > (${from}, coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))`
  const mine = 'o.queue = $1 AND ($2::uuid IS NULL OR o.workspace_id = $2) AND ($3::uuid IS NULL OR o.lane = $3)'
  const parts: string[] = []
  if (free) {
    parts.push(`SELECT r.* FROM lanes l CROSS JOIN LATERAL (
      SELECT ${position} FROM outbox o WHERE o.queue = $1 AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect AND ${asOf(free)} AND ${after}
      ORDER BY o.due_at, o.id LIMIT $6) r`)
    parts.push(`SELECT ${position} FROM outbox o WHERE ${mine} AND NOT o.leased AND o.suspect AND ${asOf(free)} AND ${after}`)
  }
  if (leased) parts.push(`SELECT ${position} FROM outbox o WHERE ${mine} AND o.leased AND ${asOf(leased)} AND ${after}`)
  return `
WITH RECURSIVE found AS (
  (SELECT lane FROM outbox WHERE queue = $1 AND NOT leased AND NOT suspect AND ($3::uuid IS NULL OR lane = $3) ORDER BY lane LIMIT 1)
  UNION ALL
  SELECT next.lane FROM found f CROSS JOIN LATERAL
    (SELECT o.lane FROM outbox o WHERE o.queue = $1 AND NOT o.leased AND NOT o.suspect AND o.lane > f.lane ORDER BY o.lane LIMIT 1) next WHERE $3::uuid IS NULL
), lanes AS (
  SELECT f.lane FROM found f WHERE $2::uuid IS NULL OR ${webhooks ? 'EXISTS (SELECT FROM endpoint e WHERE e.id = f.lane AND e.workspace_id = $2)' : 'f.lane = $2'}
)
SELECT id, kind, due_at::text AS "dueAt" FROM (${parts.join(' UNION ALL ')}) o ORDER BY due_at, id LIMIT $6`
}

/** The next jobs of a state, oldest due first. */
export async function listJobRefs(
  client: Pool | PoolClient,
  scope: JobScope,
  query: { queue: QueueName; state: JobState; lane: string | null },
  page: { after: JobPosition | null; count: number },
): Promise<JobRef[]> {
  const webhooks = query.queue === 'delivery-webhook'
  const { rows } = await client.query<JobRef>({
    name: `jobs-${query.state}-${webhooks ? 'webhook' : 'other'}`,
    text: listSql(query.state, webhooks),
    values: [
      query.queue,
      scope.everywhere ? null : scope.workspaceId,
      query.lane,
      page.after?.dueAt ?? null,
      page.after?.id ?? null,
      page.count,
    ],
  })
  return rows
}

export interface JobRow {
  id: string
  kind: WorkKind
  workspaceId: string
  workspaceKey: string
  workspaceName: string
  lane: string
  dueAt: Date | number
  leased: boolean
  leaseUntil: Date | null
  leaseOwner: string | null
  dispatches: number
  starts: number
  suspect: boolean
  cursor: string | null
  state: JobState
  waitingMs: number
  lastError: string | null
  deliveryState: DeliveryState | null
  deliveryReason: string | null
  channel: Channel | null
  generation: number | null
  nextAttemptAt: Date | null
  tries: number
  recipientId: string | null
  endpointId: string | null
  endpointUrl: string | null
  address: string | null
  subject: string | null
  eventId: string | null
  eventType: string | null
  eventState: EventState | null
  eventSubject: string | null
  acceptedAt: Date | null
  openDeliveries: number | null
  payload: string | null
  attemptError: string | null
  note: string | null
  workerName: string | null
  workerHost: string | null
  workerSeenAt: Date | null
}

/** All that belongs to rows `o` of the outbox. OFFSET 0 keeps each a look-up by key (docs/decisions/0006). */
export const jobJoins = `
JOIN workspace w ON w.id = o.workspace_id
LEFT JOIN LATERAL (SELECT * FROM delivery d WHERE o.kind = 'deliver' AND d.workspace_id = o.workspace_id AND d.id = o.id OFFSET 0) d ON true
LEFT JOIN LATERAL (SELECT * FROM event e WHERE e.workspace_id = o.workspace_id AND e.id = CASE o.kind WHEN 'fan-out' THEN o.id WHEN 'deliver' THEN d.event_id END OFFSET 0) e ON true
LEFT JOIN LATERAL (SELECT n.address, n.subject FROM notification n WHERE n.workspace_id = o.workspace_id AND n.id = d.notification_id OFFSET 0) n ON true
LEFT JOIN LATERAL (SELECT a.error FROM attempt a WHERE a.delivery_id = d.id AND a.outcome <> 'delivered' AND a.number >= d.version - 1 ORDER BY a.number DESC LIMIT 1) a ON true
LEFT JOIN endpoint p ON p.id = d.endpoint_id
LEFT JOIN process r ON r.id = o.lease_owner
LEFT JOIN LATERAL (SELECT reason FROM replay x WHERE o.kind = 'replay' AND x.id = o.id UNION ALL SELECT reason FROM job_operation x WHERE o.kind = 'bulk' AND x.id = o.id) z ON true`

const columns = `o.id, o.kind, o.workspace_id AS "workspaceId", w.key AS "workspaceKey", w.name AS "workspaceName", o.lane, o.due_at AS "dueAt", o.leased, o.lease_until AS "leaseUntil",
  o.lease_owner AS "leaseOwner", o.dispatches, o.starts, o.suspect, o.cursor, o.last_error AS "lastError",
  CASE WHEN o.lease_owner IS NOT NULL THEN 'active' WHEN o.due_at = 'infinity' THEN 'held' WHEN o.due_at > now() THEN 'delayed' ELSE 'waiting' END AS state,
  CASE WHEN o.due_at < now() THEN round(extract(epoch FROM now() - o.due_at) * 1000)::float8 ELSE 0 END AS "waitingMs",
  d.state AS "deliveryState", d.reason AS "deliveryReason", d.channel, d.generation, d.next_attempt_at AS "nextAttemptAt", coalesce(d.tries, 0) AS tries,
  nullif(d.recipient_id, '') AS "recipientId", d.endpoint_id AS "endpointId", p.url AS "endpointUrl", n.address, n.subject,
  e.id AS "eventId", e.type AS "eventType", e.state AS "eventState", e.subject AS "eventSubject", e.accepted_at AS "acceptedAt", e.open_deliveries AS "openDeliveries",
  a.error AS "attemptError", z.reason AS note, r.name AS "workerName", r.host AS "workerHost", r.last_seen_at AS "workerSeenAt"`

/** Where a search looks in workspaces that are open to the caller. $3 is an ILIKE pattern. */
const matches = `(e.type ILIKE $3 OR e.subject ILIKE $3 OR n.subject ILIKE $3 OR d.recipient_id ILIKE $3 OR n.address ILIKE $3 OR p.url ILIKE $3
  OR a.error ILIKE $3 OR o.last_error ILIKE $3 OR coalesce(d.override, e.data) ILIKE $3 OR (o.kind = 'fan-out' AND e.recipients ILIKE $3))`

/** Where it looks elsewhere: at what the list shows of a job to those who may only look, as it shows it. */
const visibleMatches = `(e.type ILIKE $3 OR d.recipient_id ILIKE $3 OR p.url ILIKE $3 OR (n.subject IS NULL AND search.visible_of(e.subject) ILIKE $3)
  OR search.visible_of(a.error) ILIKE $3 OR search.visible_of(o.last_error) ILIKE $3)`

/** SQL: the job `o`, with what belongs to it, has this in it where the caller may look. */
export const lookedInto = (pattern: string, opens: string): string =>
  `CASE WHEN o.workspace_id = ANY(${opens}::uuid[]) THEN ${matches} ELSE ${visibleMatches} END`.replaceAll('$3', pattern)

/**
 * Those of these jobs in which the pattern stands, in the order of the refs. Only what is looked into is read, by plain joins:
 * about 10 us a row, a fifth of what `jobJoins` cost, which is for a page of them.
 */
export async function findMatches(client: Pool, scope: JobScope, refs: JobRef[], pattern: string): Promise<JobRef[]> {
  if (refs.length === 0) return []
  const { rows } = await client.query<{ place: number }>({
    name: 'jobs-match',
    text: `SELECT j.place::int AS place FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS j(id, kind, place)
      JOIN outbox o ON o.id = j.id AND o.kind = j.kind
      LEFT JOIN delivery d ON o.kind = 'deliver' AND d.workspace_id = o.workspace_id AND d.id = o.id
      LEFT JOIN event e ON e.workspace_id = o.workspace_id AND e.id = CASE o.kind WHEN 'fan-out' THEN o.id WHEN 'deliver' THEN d.event_id END
      LEFT JOIN notification n ON n.workspace_id = o.workspace_id AND n.id = d.notification_id
      LEFT JOIN LATERAL (SELECT a.error FROM attempt a WHERE d.version > 0 AND a.delivery_id = d.id AND a.outcome <> 'delivered' AND a.number >= d.version - 1 ORDER BY a.number DESC LIMIT 1) a ON true
      LEFT JOIN endpoint p ON p.id = d.endpoint_id
      WHERE ($4::uuid IS NULL OR o.workspace_id = $4) AND ${lookedInto('$3', '$5')} ORDER BY j.place`,
    values: [
      sqlArray(refs.map((ref) => ref.id)),
      sqlArray(refs.map((ref) => ref.kind)),
      pattern,
      scope.everywhere ? null : scope.workspaceId,
      sqlArray(scope.opens),
    ],
  })
  return rows.map((row) => refs[row.place - 1]!)
}

/** These jobs with what belongs to them, in the order of the refs. Rows that are gone do not come back. */
export async function readJobs(client: Pool | PoolClient, scope: JobScope, refs: JobRef[]): Promise<JobRow[]> {
  if (refs.length === 0) return []
  const { rows } = await client.query<JobRow>({
    name: 'jobs-read',
    text: `SELECT ${columns}, NULL AS payload
      FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS j(id, kind, place)
      CROSS JOIN LATERAL (SELECT * FROM outbox o WHERE o.id = j.id AND o.kind = j.kind OFFSET 0) o ${jobJoins}
      WHERE $3::uuid IS NULL OR o.workspace_id = $3 ORDER BY j.place`,
    values: [sqlArray(refs.map((ref) => ref.id)), sqlArray(refs.map((ref) => ref.kind)), scope.everywhere ? null : scope.workspaceId],
  })
  return rows
}

/** One job of a queue, or null; with its payload where that is open, or of the workspace that asks (to be masked then). */
export async function findJob(
  client: Pool | PoolClient,
  scope: JobScope,
  queue: QueueName,
  job: { id: string; kind: WorkKind },
): Promise<JobRow | null> {
  const { rows } = await client.query<JobRow>({
    name: 'job-find',
    text: `SELECT ${columns}, CASE WHEN o.workspace_id = ANY($5::uuid[]) THEN coalesce(d.override, e.data) END AS payload
      FROM (SELECT * FROM outbox WHERE id = $1 AND kind = $2 AND queue = $3) o ${jobJoins} WHERE $4::uuid IS NULL OR o.workspace_id = $4`,
    values: [
      job.id,
      job.kind,
      queue,
      scope.everywhere ? null : scope.workspaceId,
      sqlArray([...scope.opens, scope.workspaceId].filter(Boolean)),
    ],
  })
  return rows[0] ?? null
}

/** What a search text names: one thing by its id, a recipient known by just this text, or words to look for. */
export interface JobMatch {
  kind: 'event' | 'notification' | 'job' | 'recipient' | 'words'
  value: string
}

/** Refs of jobs that belong to one thing. At most `limit`. */
export async function findRefsOf(
  client: Pool,
  scope: JobScope,
  queue: QueueName,
  match: JobMatch & { kind: Exclude<JobMatch['kind'], 'words'> },
  limit: number,
): Promise<JobRef[]> {
  const sources = {
    job: 'SELECT $2::uuid AS id',
    event: 'SELECT $2::uuid AS id UNION ALL SELECT id FROM delivery WHERE event_id = $2::uuid',
    notification: 'SELECT delivery_id AS id FROM notification WHERE id = $2::uuid AND workspace_id = $4',
    recipient:
      'SELECT * FROM (SELECT delivery_id AS id FROM notification WHERE workspace_id = $4 AND recipient_id = $2 ORDER BY id DESC LIMIT 5000) n',
  }
  const { rows } = await client.query<JobRef>({
    name: `jobs-of-${match.kind}`,
    text: `SELECT o.id, o.kind, o.due_at::text AS "dueAt" FROM (${sources[match.kind]}) s JOIN outbox o ON o.id = s.id
      WHERE o.queue = $1 AND ($5 OR o.workspace_id = $4) ORDER BY o.due_at, o.id LIMIT $3`,
    values: [queue, match.value, limit, scope.workspaceId, scope.everywhere],
  })
  return rows
}

/** The attempts of a delivery, in their order. */
export async function readAttempts(pool: Pool, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await pool.query<AttemptRow>({
    name: 'job-attempts',
    text: `SELECT number, started_at AS "startedAt", duration_ms AS "durationMs", connect_ms AS "connectMs", tls_ms AS "tlsMs", first_byte_ms AS "firstByteMs", outcome, status_code AS "statusCode", error_code AS "errorCode", error FROM attempt WHERE delivery_id = $1 ORDER BY number`,
    values: [deliveryId],
  })
  return rows
}
