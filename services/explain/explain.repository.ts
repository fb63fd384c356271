// The rows behind explanations. Each read is bounded: an event to a large topic has more deliveries than anybody reads.
import type { Pool } from '#platform/postgres/index.ts'
import type { Preference } from '#shared/contracts/preference.ts'
import type { RecipientReference } from '#shared/contracts/event.ts'
import { publicId } from '#shared/ids.ts'
import type { QueueName } from '#shared/jobs/queues.ts'
import type { EventFact, LetterFact, OutcomeGroup, RecipientFact, WaitingFact, WorkflowFact } from './explain-facts.ts'

type EventRow = Omit<EventFact, 'id' | 'recipients' | 'letter' | 'waiting'> & {
  id: string
  recipients: string
  fanningOut: WaitingRow | null
}

export interface WaitingRow {
  queue: QueueName
  /** JSON holds times as text, and 'infinity' for what no time makes due. */
  dueAt: string | null
  leased: boolean
  starts: number
  lastError: string | null
  pause: { at: string; by: string | null; reason: string | null } | null
  hold: { at: string; by: string; reason: string } | null
}

/** One outbox row as JSON, with the pause of its queue. `o` is the outbox, `q` its queue's setting. */
export const waitingJson = `json_build_object('queue', o.queue, 'dueAt', CASE WHEN o.due_at < 'infinity' THEN o.due_at END, 'leased', o.leased, 'starts', o.starts, 'lastError', o.last_error,
  'pause', CASE WHEN q.paused_at IS NOT NULL THEN json_build_object('at', q.paused_at, 'by', q.paused_by, 'reason', q.paused_reason) END,
  'hold', (SELECT json_build_object('at', h.held_at, 'by', h.held_by, 'reason', h.reason) FROM provider_hold h WHERE 'delivery-' || h.provider = o.queue))`

export function waitingOf(row: WaitingRow | null): WaitingFact | null {
  if (!row) return null
  return {
    ...row,
    dueAt: row.dueAt ? new Date(row.dueAt) : null,
    pause: row.pause && { ...row.pause, at: new Date(row.pause.at) },
    hold: row.hold && { ...row.hold, at: new Date(row.hold.at) },
  }
}

/** Events by UUID, in the order given; unknown ones are left out. */
export async function readEvents(pool: Pool, workspaceId: string, ids: string[]): Promise<EventFact[]> {
  const { rows } = await pool.query<EventRow>(
    `SELECT e.id, e.type, e.state, e.reason, e.accepted_at AS "acceptedAt", e.scheduled_at AS "scheduledAt", e.expires_at AS "expiresAt",
       e.cancelled_at AS "cancelledAt", e.completed_at AS "completedAt", e.recipients,
       (SELECT ${waitingJson} FROM outbox o LEFT JOIN queue_setting q ON q.name = o.queue WHERE o.id = e.id AND o.kind = 'fan-out') AS "fanningOut"
     FROM unnest($2::uuid[]) AS k(id) CROSS JOIN LATERAL (SELECT * FROM event e WHERE e.workspace_id = $1 AND e.id = k.id OFFSET 0) e`,
    [workspaceId, ids],
  )
  const dead = rows.filter((row) => row.state === 'dead').map((row) => row.id)
  const letters = dead.length > 0 ? await readLetters(pool, workspaceId, 'event', dead) : new Map<string, LetterFact>()
  const byId = new Map(
    rows.map(({ fanningOut, ...row }): [string, EventFact] => [
      row.id,
      {
        ...row,
        id: publicId('event', row.id),
        recipients: JSON.parse(row.recipients) as RecipientReference[],
        letter: letters.get(row.id) ?? null,
        waiting: waitingOf(fanningOut),
      },
    ]),
  )
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** The newest letter of each delivery, or of each event whose fan-out failed, by UUID. */
export async function readLetters(
  pool: Pool,
  workspaceId: string,
  of: 'delivery' | 'event',
  ids: string[],
): Promise<Map<string, LetterFact>> {
  const { rows } = await pool.query<
    Omit<LetterFact, 'cause' | 'replayId'> & { subject: string; cause: string | null; replayId: string | null }
  >(
    `SELECT DISTINCT ON (subject) ${of === 'delivery' ? 'l.delivery_id' : 'l.event_id'} AS subject, l.id, l.kind, c.title AS cause, l.error_message AS message, l.state, l.outcome,
       l.closed_at AS "closedAt", l.closed_reason AS "closedReason", l.replay_id AS "replayId", l.created_at AS "createdAt"
     FROM dead_letter l LEFT JOIN cause c ON c.id = l.cause_id
     WHERE l.workspace_id = $1 AND ${of === 'delivery' ? 'l.delivery_id = ANY($2::uuid[])' : 'l.event_id = ANY($2::uuid[]) AND l.delivery_id IS NULL'}
     ORDER BY subject, l.id DESC`,
    [workspaceId, ids],
  )
  return new Map(
    rows.map(({ subject, ...row }) => [
      subject,
      {
        ...row,
        id: publicId('deadLetter', row.id),
        cause: row.cause ?? row.message,
        replayId: row.replayId && publicId('replay', row.replayId),
      },
    ]),
  )
}

/** Workflows whose published version, or else whose draft, is for these types, by type. */
export async function readWorkflows(pool: Pool, workspaceId: string, types: string[]): Promise<Map<string, WorkflowFact[]>> {
  const { rows } = await pool.query<WorkflowFact & { type: string }>(
    `SELECT w.key, w.published_version AS version, v.published_at AS "publishedAt", coalesce(d.definition ->> 'eventType', '') AS type,
       coalesce((d.definition ->> 'critical')::boolean, false) AS critical,
       ARRAY(SELECT DISTINCT s ->> 'channel' FROM jsonb_array_elements(d.definition -> 'steps') s ORDER BY 1) AS channels
     FROM workflow w LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.published_version
     CROSS JOIN LATERAL (SELECT coalesce(v.definition, w.draft) AS definition) d
     WHERE w.workspace_id = $1 AND d.definition ->> 'eventType' = ANY($2::text[]) ORDER BY w.key`,
    [workspaceId, types],
  )
  return Map.groupBy(
    rows.map(({ type, ...workflow }) => ({ type, ...workflow })),
    (row) => row.type,
  )
}

/** Everything known of a recipient id; of nobody, an empty fact. */
export async function readRecipient(pool: Pool, workspaceId: string, id: string): Promise<RecipientFact> {
  const [profile, preference, topics] = await Promise.all([
    pool.query<NonNullable<RecipientFact['profile']>>(
      'SELECT email, time_zone AS "timeZone", created_at AS "createdAt" FROM recipient WHERE workspace_id = $1 AND id = $2',
      [workspaceId, id],
    ),
    pool.query<{ document: Preference; updatedAt: Date }>(
      'SELECT document, updated_at AS "updatedAt" FROM preference WHERE workspace_id = $1 AND recipient_id = $2',
      [workspaceId, id],
    ),
    pool.query<{ key: string; since: Date }>(
      'SELECT topic_key AS key, created_at AS since FROM topic_member WHERE workspace_id = $1 AND recipient_id = $2 ORDER BY topic_key LIMIT 1000',
      [workspaceId, id],
    ),
  ])
  return { id, profile: profile.rows[0] ?? null, preference: preference.rows[0] ?? null, topics: topics.rows }
}

/** The id of whom people call by their address; the id itself when somebody has it, or nobody has the address. */
export async function resolveRecipient(pool: Pool, workspaceId: string, idOrAddress: string): Promise<string> {
  if (!idOrAddress.includes('@')) return idOrAddress
  const { rows } = await pool.query<{ id: string }>(
    `(SELECT id FROM recipient WHERE workspace_id = $1 AND id = $2)
     UNION ALL (SELECT id FROM recipient WHERE workspace_id = $1 AND email = ANY($3::text[]) ORDER BY id LIMIT 1) LIMIT 1`,
    [workspaceId, idOrAddress, [idOrAddress, idOrAddress.toLowerCase()]],
  )
  return rows[0]?.id ?? idOrAddress
}

/** How many of a workspace's newest events are searched for those that named somebody and made nothing for them. */
const searchedEvents = 2_000

/** UUIDs of the last events that made a message for this recipient, or named them; newest first. */
export async function lastEventsOf(pool: Pool, workspaceId: string, recipientId: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `WITH made AS (
       SELECT DISTINCT event_id AS id FROM (
         SELECT event_id FROM notification WHERE workspace_id = $1 AND recipient_id = $2 ORDER BY id DESC LIMIT $3 * 8) n
     ), named AS (
       SELECT id FROM (SELECT id, state, recipients FROM event WHERE workspace_id = $1 ORDER BY id DESC LIMIT ${searchedEvents}) e
       WHERE strpos(recipients, $4) > 0 AND state IN ('scheduled', 'accepted', 'unmatched', 'dead', 'cancelled') LIMIT $3
     )
     SELECT id FROM made UNION SELECT id FROM named ORDER BY id DESC LIMIT $3`,
    [workspaceId, recipientId, limit, JSON.stringify(recipientId)],
  )
  return rows.map((row) => row.id)
}

/**
 * What became of an event's deliveries, each with its resends as one: delivered when one of them was, else as its newest is.
 */
export async function readOutcomes(pool: Pool, workspaceId: string, eventId: string): Promise<OutcomeGroup[]> {
  const { rows } = await pool.query<OutcomeGroup>(
    `SELECT channel, state, reason, count(*)::int AS count FROM (
       SELECT DISTINCT ON (source, recipient_id) channel, state, CASE WHEN state = 'suppressed' THEN reason END AS reason
       FROM delivery WHERE workspace_id = $1 AND event_id = $2
       ORDER BY source, recipient_id, (state = 'delivered') DESC, generation DESC) d
     GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3`,
    [workspaceId, eventId],
  )
  return rows
}
