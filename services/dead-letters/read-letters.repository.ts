// Dead letters and their causes as they are read.
import { where, type Pool } from '#platform/postgres/index.ts'
import type { CauseListQuery, CauseView, LetterDetail, LetterFilter, LetterState, LetterView } from '#shared/contracts/dead-letter.ts'
import type { Channel } from '#shared/contracts/event.ts'
import { publicId, publicIdOrNull } from '#shared/ids.ts'
import { attemptView, type AttemptRow } from '#shared/view/attempt-view.ts'
import type { LetterKind } from './dead-letter.repository.ts'
import { letterFilterSql } from './letter-filter.rules.ts'

interface LetterRow {
  id: string
  kind: LetterKind
  causeId: string
  deliveryId: string | null
  eventId: string
  eventType: string
  channel: Channel | null
  workflowKey: string | null
  recipientId: string | null
  endpointId: string | null
  previousId: string | null
  replayId: string | null
  errorCode: string
  errorMessage: string
  attempts: number
  createdAt: Date
  state: LetterState
  outcome: LetterView['outcome']
  closedAt: Date | null
  closedReason: string | null
}

const columns = `l.id, l.kind, l.cause_id AS "causeId", l.delivery_id AS "deliveryId", l.event_id AS "eventId", l.event_type AS "eventType", l.channel,
  l.workflow_key AS "workflowKey", l.recipient_id AS "recipientId", l.endpoint_id AS "endpointId", l.previous_id AS "previousId", l.replay_id AS "replayId",
  l.error_code AS "errorCode", l.error_message AS "errorMessage", l.attempts, l.created_at AS "createdAt", l.state, l.outcome, l.closed_at AS "closedAt",
  l.closed_reason AS "closedReason"`

/** Newest first. `before` = the id of the last one of the page before. */
export async function listLetters(
  pool: Pool,
  workspaceId: string,
  filter: LetterFilter,
  page: { before: string | undefined; count: number },
): Promise<LetterView[]> {
  const { sql, values } = letterFilterSql(filter, 4)
  const { rows } = await pool.query<LetterRow>(
    `SELECT ${columns} FROM dead_letter l WHERE l.workspace_id = $1 AND ($2::uuid IS NULL OR l.id < $2)${sql ? ` AND ${sql}` : ''} ORDER BY l.id DESC LIMIT $3`,
    [workspaceId, page.before ?? null, page.count, ...values],
  )
  return rows.map(viewOf)
}

/** One with its snapshot, the attempts of its delivery, and the letters before and after it; or null. */
export async function getLetter(pool: Pool, workspaceId: string, id: string): Promise<LetterDetail | null> {
  const { rows } = await pool.query<
    LetterRow & { snapshot: string; causeTitle: string; deliveryState: string | null; nextId: string | null }
  >(
    `SELECT ${columns}, l.snapshot, c.title AS "causeTitle", d.state AS "deliveryState",
       (SELECT x.id FROM dead_letter x WHERE x.delivery_id = l.delivery_id AND x.previous_id = l.id ORDER BY x.id LIMIT 1) AS "nextId"
     FROM dead_letter l JOIN cause c ON c.id = l.cause_id LEFT JOIN delivery d ON d.workspace_id = l.workspace_id AND d.id = l.delivery_id
     WHERE l.workspace_id = $1 AND l.id = $2`,
    [workspaceId, id],
  )
  const row = rows[0]
  if (!row) return null
  const attempts = row.deliveryId === null ? [] : await readAttempts(pool, row.deliveryId)
  return {
    ...viewOf(row),
    causeTitle: row.causeTitle,
    snapshot: snapshotOf(row.snapshot),
    deliveryState: row.deliveryState,
    attemptHistory: attempts.map(attemptView),
    nextId: publicIdOrNull('deadLetter', row.nextId),
  }
}

// Deliveries stand on dead letters, not the other way round: their door would be a cycle.
async function readAttempts(pool: Pool, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await pool.query<AttemptRow>(
    `SELECT a.number, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.outcome, a.status_code AS "statusCode", a.error
     FROM attempt a WHERE a.delivery_id = $1 ORDER BY a.number`,
    [deliveryId],
  )
  return rows
}

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

/**
 * Causes that have open letters, the last one seen first. Counted from the rolled-up numbers and what has not been rolled
 * up yet, in one statement and so in one snapshot.
 */
export async function listCauses(
  pool: Pool,
  workspaceId: string,
  query: Omit<CauseListQuery, 'limit' | 'cursor'>,
  page: { after: CausePosition | undefined; count: number },
): Promise<CauseView[]> {
  const filter = where(3)
    .and('c.kind = ?', query.kind)
    .and('? = ANY(c.channels)', query.channel)
    .and(
      '(c.last_seen_at, c.id) < (to_timestamp(?::float8 / 1000)::timestamptz(3), ?::uuid)',
      page.after?.lastSeenMs,
      ...(page.after ? [page.after.id] : []),
    )
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
     WHERE c.count > 0${filter.sql ? ` AND ${filter.sql}` : ''} ORDER BY c.last_seen_at DESC, c.id DESC LIMIT $2`,
    [workspaceId, page.count, ...filter.values],
  )
  return rows.map((row) => ({
    id: publicId('cause', row.id),
    title: row.title,
    kind: row.kind,
    errorCode: row.errorCode,
    count: row.count,
    total: row.total,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    channels: row.channels,
    sampleId: publicId('deadLetter', row.sampleId),
  }))
}

function viewOf(row: LetterRow): LetterView {
  return {
    id: publicId('deadLetter', row.id),
    kind: row.kind,
    causeId: publicId('cause', row.causeId),
    deliveryId: publicIdOrNull('delivery', row.deliveryId),
    eventId: publicId('event', row.eventId),
    eventType: row.eventType,
    channel: row.channel,
    workflowKey: row.workflowKey,
    recipientId: row.recipientId,
    endpointId: publicIdOrNull('endpoint', row.endpointId),
    previousId: publicIdOrNull('deadLetter', row.previousId),
    replayId: publicIdOrNull('replay', row.replayId),
    error: { code: row.errorCode, message: row.errorMessage },
    attempts: row.attempts,
    createdAt: row.createdAt.toISOString(),
    state: row.state,
    outcome: row.outcome,
    closedAt: row.closedAt?.toISOString() ?? null,
    closedReason: row.closedReason,
  }
}

function snapshotOf(text: string): LetterDetail['snapshot'] {
  const { event, content, address, override } = JSON.parse(text) as LetterDetail['snapshot']
  // Postgres writes times with its own offset.
  return {
    event: { ...event, acceptedAt: event.acceptedAt === null ? null : new Date(event.acceptedAt).toISOString() },
    content,
    address,
    override,
  }
}
