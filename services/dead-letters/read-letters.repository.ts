// Dead letters as they are read.
import type { Pool } from '#platform/postgres/index.ts'
import type { CauseDetail, LetterDetail, LetterFilter, LetterReach, LetterState, LetterView } from '#shared/contracts/dead-letter.ts'
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
  closedBy: string | null
  discardId: string | null
  reached: LetterReach
  eventSubject: string | null
  payloadBytes: number
}

const columns = `l.id, l.kind, l.cause_id AS "causeId", l.delivery_id AS "deliveryId", l.event_id AS "eventId", l.event_type AS "eventType", l.channel,
  l.workflow_key AS "workflowKey", l.recipient_id AS "recipientId", l.endpoint_id AS "endpointId", l.previous_id AS "previousId", l.replay_id AS "replayId",
  l.error_code AS "errorCode", l.error_message AS "errorMessage", l.attempts, l.created_at AS "createdAt", l.state, l.outcome, l.closed_at AS "closedAt",
  l.closed_reason AS "closedReason", l.closed_by AS "closedBy", l.discard_id AS "discardId", l.reached, octet_length(l.snapshot) AS "payloadBytes",
  l.snapshot::json #>> '{event,subject}' AS "eventSubject"`

/** Newest first. `before` = the id of the last one of the page before. */
export async function listLetters(
  pool: Pool,
  workspaceId: string,
  filter: LetterFilter,
  page: { before: string | undefined; count: number; errorsOnly?: boolean },
): Promise<LetterView[]> {
  const { sql, values } = letterFilterSql(filter, 4, { errorsOnly: page.errorsOnly ?? false })
  if (readsByCause(filter)) {
    const { rows } = await pool.query<LetterRow>(
      `SELECT ${columns} FROM (
         SELECT x.id FROM cause c CROSS JOIN LATERAL (
           SELECT l.id FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = c.id AND ($2::uuid IS NULL OR l.id < $2) AND ${sql} ORDER BY l.id DESC LIMIT $3
         ) x WHERE c.workspace_id = $1 AND c.channels @> ARRAY[$${4 + values.length}::text] ORDER BY x.id DESC LIMIT $3
       ) page JOIN dead_letter l ON l.workspace_id = $1 AND l.id = page.id ORDER BY l.id DESC`,
      [workspaceId, page.before ?? null, page.count, ...values, channelOf(filter)],
    )
    return rows.map(viewOf)
  }
  const { rows } = await pool.query<LetterRow>(
    `SELECT ${columns} FROM dead_letter l WHERE l.workspace_id = $1 AND ($2::uuid IS NULL OR l.id < $2)${sql ? ` AND ${sql}` : ''} ORDER BY l.id DESC LIMIT $3`,
    [workspaceId, page.before ?? null, page.count, ...values],
  )
  return rows.map(viewOf)
}

/** Which of these are in this state now. */
export async function lettersThatAre(pool: Pool, workspaceId: string, state: LetterState, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM dead_letter WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = $3',
    [workspaceId, ids, state],
  )
  return new Set(rows.map(({ id }) => id))
}

const channelOf = (filter: LetterFilter): string | undefined =>
  filter.channel ?? (filter.queue?.startsWith('delivery-') ? filter.queue.slice('delivery-'.length) : undefined)

/**
 * Open letters of one channel alone: no index has the channel, but each cause is of one, so the page is merged out of the pages of its causes.
 * Read in the order of all letters, a channel with few of them would mean to look at all the others.
 */
function readsByCause({ state, channel: _, queue: __, ...others }: LetterFilter): boolean {
  return (
    state === 'open' && channelOf({ channel: _, queue: __ }) !== undefined && Object.values(others).every((value) => value === undefined)
  )
}

/** One with its snapshot, the attempts of its delivery, and the letters before and after it; or null. */
export async function getLetter(pool: Pool, workspaceId: string, id: string): Promise<LetterDetail | null> {
  const { rows } = await pool.query<
    LetterRow & { snapshot: string; causeTitle: string; deliveryState: string | null; nextId: string | null }
  >(
    `SELECT ${columns}, l.snapshot, c.title AS "causeTitle", d.state AS "deliveryState",
       (SELECT x.id FROM dead_letter x WHERE x.workspace_id = l.workspace_id AND x.previous_id = l.id ORDER BY x.id LIMIT 1) AS "nextId"
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
    masked: false,
    lineage: await readLineage(pool, workspaceId, id),
  }
}

// Deliveries stand on dead letters, not the other way round: their door would be a cycle.
async function readAttempts(pool: Pool, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await pool.query<AttemptRow>(
    `SELECT a.number, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.connect_ms AS "connectMs", a.tls_ms AS "tlsMs", a.first_byte_ms AS "firstByteMs", a.outcome, a.status_code AS "statusCode", a.error_code AS "errorCode", a.error
     FROM attempt a WHERE a.delivery_id = $1 ORDER BY a.number`,
    [deliveryId],
  )
  return rows
}

/** A letter of a cause as its page shows it: the error, where it went, the last three attempts. */
export async function readSample(pool: Pool, workspaceId: string, letterId: string): Promise<CauseDetail['sample']> {
  const { rows } = await pool.query<{
    error: string
    deliveryId: string | null
    channel: string | null
    url: string | null
    address: string | null
  }>(
    `SELECT l.error_message AS error, l.delivery_id AS "deliveryId", l.channel, e.url, l.snapshot::json ->> 'address' AS address
     FROM dead_letter l LEFT JOIN endpoint e ON e.workspace_id = l.workspace_id AND e.id = l.endpoint_id WHERE l.workspace_id = $1 AND l.id = $2`,
    [workspaceId, letterId],
  )
  const row = rows[0]
  if (!row) return null
  const attempts = row.deliveryId === null ? [] : await readAttempts(pool, row.deliveryId)
  return {
    id: publicId('deadLetter', letterId),
    error: row.error,
    // Its query may carry a token.
    target: row.url === null ? row.address : `POST ${row.url.split('?')[0]}`,
    attempts: attempts.slice(-3).map(attemptView),
  }
}

/** The letters before this one, itself, and those after it: each was sent again and died once more. */
export async function readLineage(pool: Pool, workspaceId: string, letterId: string): Promise<LetterDetail['lineage']> {
  const { rows } = await pool.query(
    `WITH RECURSIVE before AS (
       SELECT id, previous_id, 0 AS depth FROM dead_letter WHERE workspace_id = $1 AND id = $2
       UNION ALL SELECT l.id, l.previous_id, b.depth + 1 FROM before b JOIN dead_letter l ON l.workspace_id = $1 AND l.id = b.previous_id WHERE b.depth < 50
     ), after AS (
       SELECT id, 0 AS depth FROM dead_letter WHERE workspace_id = $1 AND id = $2
       UNION ALL SELECT l.id, a.depth + 1 FROM after a JOIN dead_letter l ON l.workspace_id = $1 AND l.previous_id = a.id WHERE a.depth < 50
     )
     SELECT l.id, l.created_at AS "createdAt", c.title AS "causeTitle", l.error_code AS "errorCode", l.state, l.outcome, l.replay_id AS "replayId",
       l.delivery_id AS "deliveryId", l.closed_at AS "closedAt", l.closed_by AS "closedBy"
     FROM dead_letter l JOIN cause c ON c.id = l.cause_id
     WHERE l.workspace_id = $1 AND l.id IN (SELECT id FROM before UNION SELECT id FROM after) ORDER BY l.id`,
    [workspaceId, letterId],
  )
  return rows.map((row) => ({
    ...row,
    id: publicId('deadLetter', row.id),
    replayId: publicIdOrNull('replay', row.replayId),
    deliveryId: publicIdOrNull('delivery', row.deliveryId),
    createdAt: row.createdAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
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
    closedBy: row.closedBy,
    discardId: publicIdOrNull('discard', row.discardId),
    reached: row.reached,
    eventSubject: row.eventSubject,
    payloadBytes: row.payloadBytes,
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
