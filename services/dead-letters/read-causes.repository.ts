// Causes as they are read: counted from the rolled-up numbers and what has not been rolled up yet, in one statement and so in
// one snapshot. What needs the letters themselves looks at the newest ones only, and says of how many.
import { where, type Pool } from '#platform/postgres/index.ts'
import type { CauseListQuery, CauseView, LetterCounts, LetterReach } from '#shared/contracts/dead-letter.ts'
import type { Channel } from '#shared/contracts/event.ts'
import { publicId } from '#shared/ids.ts'
import type { LetterKind } from './dead-letter.repository.ts'

export interface CausePosition {
  lastSeenMs: number
  id: string
}

interface CauseRow {
  id: string
  title: string
  kind: LetterKind
  errorCode: string
  count: number
  total: number
  firstSeenAt: Date
  lastSeenAt: Date
  channels: Channel[]
  sampleId: string
}

const hours = 24
/**
 * How many of the newest letters tell whom a cause meets: in a list, where all causes together share them, and on its own page. The
 * indexes hold what is counted, but the newest pages of the table are looked at all the same until they have been vacuumed.
 */
const listSample = { all: 4_000, most: 500, least: 50 }
const detailSample = 2_000

export async function listCauses(
  pool: Pool,
  workspaceId: string,
  query: Omit<CauseListQuery, 'limit' | 'cursor'>,
  page: { after: CausePosition | undefined; count: number; ids?: readonly string[] },
): Promise<CauseView[]> {
  const filter = where(3)
    .and('c.kind = ?', query.kind)
    .and('c.id = ANY(?::uuid[])', page.ids)
    .and('? = ANY(c.channels)', query.channel)
    .and('c.last_seen_at >= ?::timestamptz', query.from)
    .and(
      '(c.last_seen_at, c.id) < (to_timestamp(?::float8 / 1000)::timestamptz(3), ?::uuid)',
      page.after?.lastSeenMs,
      ...(page.after ? [page.after.id] : []),
    )
  const wanted = page.ids === undefined ? (query.state === 'closed' ? 'c.count <= 0' : 'c.count > 0') : 'true'
  const { rows } = await pool.query<CauseRow>(
    `SELECT c.*, CASE WHEN EXISTS (SELECT FROM dead_letter s WHERE s.workspace_id = $1 AND s.id = c.sample_id AND s.state = 'open') THEN c.sample_id
         ELSE coalesce((SELECT s.id FROM dead_letter s WHERE s.workspace_id = $1 AND s.cause_id = c.id AND s.state = 'open' ORDER BY s.id DESC LIMIT 1), c.sample_id) END AS "sampleId"
     FROM (
       SELECT c.id, c.title, c.kind, c.error_code AS "errorCode", c.channels, c.sample_id, c.first_seen_at AS "firstSeenAt",
         greatest(c.last_seen_at, d.at) AS last_seen_at, greatest(c.last_seen_at, d.at) AS "lastSeenAt",
         c.open_letters + coalesce(d.open_letters, 0)::int AS count, c.letters + coalesce(d.letters, 0)::int AS total
       FROM cause c LEFT JOIN LATERAL (
         SELECT sum(letters) AS letters, sum(open_letters) AS open_letters, max(at) FILTER (WHERE letters > 0) AS at FROM cause_delta WHERE cause_id = c.id
       ) d ON true
       WHERE c.workspace_id = $1
     ) c
     WHERE ${wanted}${filter.sql ? ` AND ${filter.sql}` : ''} ORDER BY c.last_seen_at DESC, c.id DESC LIMIT $2`,
    [workspaceId, page.count, ...filter.values],
  )
  const ids = rows.map((row) => row.id)
  const [trends, affected, closed] = await Promise.all([
    readTrends(pool, ids),
    readAffected(pool, workspaceId, ids),
    readClosed(
      pool,
      workspaceId,
      rows.filter((row) => row.count <= 0).map((row) => row.id),
    ),
  ])
  return rows.map((row) => ({
    id: publicId('cause', row.id),
    title: row.title,
    kind: row.kind,
    errorCode: row.errorCode,
    count: Math.max(0, row.count),
    total: row.total,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    channels: row.channels,
    sampleId: publicId('deadLetter', row.sampleId),
    trend: trends.get(row.id) ?? Array.from({ length: hours }, () => 0),
    affected: affected.get(row.id) ?? { endpoints: 0, recipients: 0, workflows: 0, of: 0 },
    closed: closed.get(row.id) ?? null,
  }))
}

/** New letters by hour, the current hour last. */
async function readTrends(pool: Pool, causeIds: string[]): Promise<Map<string, number[]>> {
  const { rows } = await pool.query<{ causeId: string; ago: number; letters: number }>(
    `SELECT cause_id AS "causeId", (extract(epoch FROM date_trunc('hour', now(), 'UTC') - hour) / 3600)::int AS ago, sum(letters)::int AS letters FROM (
       SELECT cause_id, hour, letters FROM cause_hour WHERE cause_id = ANY($1::uuid[]) AND hour > now() - interval '${hours} hours'
       UNION ALL
       SELECT cause_id, date_trunc('hour', at, 'UTC'), letters FROM cause_delta WHERE cause_id = ANY($1::uuid[]) AND letters > 0
     ) t GROUP BY 1, 2`,
    [causeIds],
  )
  const trends = new Map(causeIds.map((id) => [id, Array.from({ length: hours }, () => 0)]))
  for (const { causeId, ago, letters } of rows) if (ago >= 0 && ago < hours) trends.get(causeId)![hours - 1 - ago] = letters
  return trends
}

async function readAffected(pool: Pool, workspaceId: string, causeIds: string[]): Promise<Map<string, CauseView['affected']>> {
  const each = Math.max(listSample.least, Math.min(listSample.most, Math.floor(listSample.all / Math.max(1, causeIds.length))))
  const { rows } = await pool.query<CauseView['affected'] & { causeId: string }>(
    `SELECT c.id AS "causeId", a.* FROM unnest($2::uuid[]) AS c(id) CROSS JOIN LATERAL (
       SELECT count(DISTINCT endpoint_id)::int AS endpoints, count(DISTINCT recipient_id)::int AS recipients, count(DISTINCT workflow_key)::int AS workflows, count(*)::int AS of
       FROM (SELECT l.endpoint_id, l.recipient_id, l.workflow_key FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = c.id ORDER BY l.id DESC LIMIT $3) n
     ) a`,
    [workspaceId, causeIds, each],
  )
  return new Map(rows.map(({ causeId, ...affected }) => [causeId, affected]))
}

/** What became of the newest letter of each: how the cause ended, and by whom. */
async function readClosed(pool: Pool, workspaceId: string, causeIds: string[]): Promise<Map<string, NonNullable<CauseView['closed']>>> {
  if (causeIds.length === 0) return new Map()
  const { rows } = await pool.query<{ causeId: string; state: string; outcome: string | null; at: Date; by: string | null; count: number }>(
    `SELECT c.id AS "causeId", n.*, c.letters + coalesce((SELECT sum(letters) FROM cause_delta d WHERE d.cause_id = c.id), 0)::int AS count
     FROM cause c CROSS JOIN LATERAL (
       SELECT l.state, l.outcome, coalesce(l.closed_at, l.created_at) AS at, l.closed_by AS by
       FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = c.id ORDER BY l.id DESC LIMIT 1
     ) n WHERE c.id = ANY($2::uuid[])`,
    [workspaceId, causeIds],
  )
  return new Map(
    rows.map((row) => {
      const how =
        row.state === 'discarded'
          ? 'discarded'
          : row.outcome === 'fixed'
            ? 'fixed'
            : row.outcome === 'failed-again'
              ? 'failed-again'
              : 'sent'
      return [row.causeId, { how, at: row.at.toISOString(), by: row.by, count: Math.max(1, row.count) } as const]
    }),
  )
}

/** Of the whole workspace, without counting letters. By queue through the causes: each is of one channel. */
export async function countLetters(pool: Pool, workspaceId: string): Promise<LetterCounts> {
  const { rows } = await pool.query<LetterCounts>(
    `WITH counted AS (
       SELECT coalesce('delivery-' || c.channels[1], 'fan-out') AS queue, c.letters + coalesce(d.letters, 0) AS letters, c.open_letters + coalesce(d.open_letters, 0) AS open, c.discarded_letters + coalesce(d.discarded, 0) AS discarded
       FROM cause c LEFT JOIN LATERAL (
         SELECT sum(letters) AS letters, sum(open_letters) AS open_letters, sum(discarded) AS discarded FROM cause_delta WHERE cause_id = c.id
       ) d ON true WHERE c.workspace_id = $1
     )
     SELECT coalesce(sum(open), 0)::int AS open, coalesce(sum(letters - open - discarded), 0)::int AS replayed, coalesce(sum(discarded), 0)::int AS discarded,
       count(*) FILTER (WHERE open > 0)::int AS causes,
       (SELECT coalesce(json_object_agg(queue, open), '{}') FROM (SELECT queue, sum(open)::int AS open FROM counted GROUP BY 1 HAVING sum(open) > 0) q) AS queues
     FROM counted`,
    [workspaceId],
  )
  return rows[0]!
}

export interface CauseFacts {
  of: number
  firstAt: Date | null
  lastAt: Date | null
  maxAttempts: number
  reach: Record<LetterReach, number>
  facets: { facet: 'endpoints' | 'recipients' | 'workflows' | 'eventTypes'; value: string; label: string; count: number }[]
}

/** Whom the newest open letters of a cause meet (all letters when none is open), and since when. */
export async function readCauseFacts(pool: Pool, workspaceId: string, causeId: string, open: boolean): Promise<CauseFacts> {
  const { rows } = await pool.query(
    `WITH newest AS MATERIALIZED (
       SELECT l.endpoint_id, l.recipient_id, l.workflow_key, l.event_type, l.reached, l.created_at, l.attempts FROM dead_letter l
       WHERE l.workspace_id = $1 AND l.cause_id = $2${open ? " AND l.state = 'open'" : ''} ORDER BY l.id DESC LIMIT ${detailSample}
     ), facets AS (
       (SELECT 'endpoints' AS facet, n.endpoint_id::text AS value, coalesce(e.url, '') AS label, n.count
        FROM (SELECT endpoint_id, count(*)::int AS count FROM newest WHERE endpoint_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5) n
        LEFT JOIN endpoint e ON e.workspace_id = $1 AND e.id = n.endpoint_id)
       UNION ALL (SELECT 'recipients', recipient_id, recipient_id, count(*)::int FROM newest WHERE recipient_id IS NOT NULL GROUP BY 2 ORDER BY 4 DESC, 2 LIMIT 5)
       UNION ALL (SELECT 'workflows', workflow_key, workflow_key, count(*)::int FROM newest WHERE workflow_key IS NOT NULL GROUP BY 2 ORDER BY 4 DESC, 2 LIMIT 5)
       UNION ALL (SELECT 'eventTypes', event_type, event_type, count(*)::int FROM newest GROUP BY 2 ORDER BY 4 DESC, 2 LIMIT 5)
     )
     SELECT count(*)::int AS of, max(created_at) AS "lastAt", coalesce(max(attempts), 0)::int AS "maxAttempts",
       (SELECT created_at FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = $2${open ? " AND l.state = 'open'" : ''} ORDER BY l.id LIMIT 1) AS "firstAt",
       json_build_object('never', count(*) FILTER (WHERE reached = 'never'), 'answered', count(*) FILTER (WHERE reached = 'answered'), 'maybe', count(*) FILTER (WHERE reached = 'maybe')) AS reach,
       (SELECT coalesce(json_agg(facets ORDER BY count DESC, value), '[]') FROM facets) AS facets
     FROM newest`,
    [workspaceId, causeId],
  )
  return rows[0] as CauseFacts
}

export interface Proof {
  at: Date
  statusCode: number | null
  durationMs: number | null
  /** Of this cause itself: a letter that was sent again and got through. */
  replayed: boolean
}

/** How many of the newest deliveries are looked at for one that worked: of the workspace, or of each endpoint. */
const proofSample = 2_000
const proofOfEndpoint = 200

/** The last success since `since` at the place where this cause fails: one of its letters, or another delivery there. */
export async function readProof(
  pool: Pool,
  workspaceId: string,
  cause: { id: string; channel: Channel; endpointIds: string[]; since: Date },
): Promise<Proof | null> {
  const { rows } = await pool.query<Proof>(
    `SELECT p.at, a.status_code AS "statusCode", a.duration_ms AS "durationMs", p.replayed FROM (
       (SELECT coalesce(d.finished_at, l.closed_at) AS at, d.id, d.version, true AS replayed
        FROM (SELECT id, cause_id, delivery_id, outcome, closed_at FROM dead_letter
              WHERE workspace_id = $1 AND state <> 'open' AND state = 'replayed' ORDER BY id DESC LIMIT ${proofSample}) l
        JOIN delivery d ON d.workspace_id = $1 AND d.id = l.delivery_id
        WHERE l.cause_id = $2 AND l.outcome = 'fixed' AND l.closed_at > $5 ORDER BY l.closed_at DESC LIMIT 1)
       UNION ALL
       (SELECT n.finished_at, n.id, n.version, false FROM (${
         cause.endpointIds.length > 0
           ? `SELECT d.* FROM unnest($4::uuid[]) AS e(id) CROSS JOIN LATERAL (
                SELECT d.id, d.state, d.channel, d.finished_at, d.version, d.workspace_id FROM delivery d WHERE d.endpoint_id = e.id ORDER BY d.id DESC LIMIT ${proofOfEndpoint}) d`
           : `SELECT d.id, d.state, d.channel, d.finished_at, d.version, d.workspace_id FROM delivery d
              WHERE d.workspace_id = $1 AND cardinality($4::uuid[]) = 0 ORDER BY d.id DESC LIMIT ${proofSample}`
       }) n WHERE n.workspace_id = $1 AND n.state = 'delivered' AND n.channel = $3 AND n.finished_at > $5 ORDER BY n.finished_at DESC LIMIT 1)
     ) p LEFT JOIN attempt a ON a.delivery_id = p.id AND a.number = p.version
     WHERE p.at IS NOT NULL ORDER BY p.at DESC LIMIT 1`,
    [workspaceId, cause.id, cause.channel, cause.endpointIds, cause.since],
  )
  return rows[0] ?? null
}

/** What is known of the places where a cause fails: endpoints that are off or still failing; workflows changed since. */
export async function readPlaces(
  pool: Pool,
  workspaceId: string,
  endpointIds: string[],
  workflowKeys: string[],
): Promise<{ endpoints: { state: string; failingSince: Date | null; deleted: boolean }[]; publishedAt: Date | null }> {
  const [endpoints, workflows] = await Promise.all([
    pool.query<{ state: string; failingSince: Date | null; deleted: boolean }>(
      'SELECT state, failing_since AS "failingSince", deleted_at IS NOT NULL AS deleted FROM endpoint WHERE workspace_id = $1 AND id = ANY($2::uuid[])',
      [workspaceId, endpointIds],
    ),
    pool.query<{ at: Date | null }>(
      `SELECT max(v.published_at) AS at FROM workflow w JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.published_version
       WHERE w.workspace_id = $1 AND w.key = ANY($2::text[])`,
      [workspaceId, workflowKeys],
    ),
  ])
  return { endpoints: endpoints.rows, publishedAt: workflows.rows[0]?.at ?? null }
}
