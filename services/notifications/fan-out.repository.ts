// Fan-out in SQL: start and load a chunk of events, and the one statement that records the whole effect: outbox row gone, notifications, deliveries, their outbox rows, first attempts, event state, ledger.
import { joinTexts, sqlArray, sqlTexts, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { dispatchLeaseSeconds, indexCte, startCte, startValues } from '../outbox/index.ts'
import type { PlannedDelivery } from './planned-delivery.ts'

export interface StartedEvent {
  id: string
  n: number
  starts: number
  cursor: string | null
  workspaceId: string
  type: string
  state: string
  acceptedAt: Date
  recipients: string
  data: string
  source: string | null
  subject: string | null
  audience: string | null
  /** JSON text of attachment ids; null = none. */
  attachments: string | null
  expired: boolean
  /** A replay put its fan-out back to work. */
  replayed: boolean
  configRevision: number
}

/**
 * The `start` step, and what the chunk needs, in one round trip. Rows that somebody else holds do not come back.
 * LATERAL with OFFSET 0: a look-up by the whole key for each row; as a plain join the planner of a new, empty database finds the
 * workspace alone good enough and reads all of its events (docs/decisions/0006-pinned-plans.md).
 */
export async function startEvents(lazy: Pool, owner: string, refs: RowRef[]): Promise<StartedEvent[]> {
  const { rows } = await lazy.query({
    name: 'fan-out-start',
    text: `WITH ${startCte}
      SELECT s.id, s.dispatches AS n, s.starts, s.cursor, s.workspace_id AS "workspaceId", e.type, e.state, e.accepted_at AS "acceptedAt",
             e.recipients, e.data, e.source, e.subject, e.audience, e.attachments, coalesce(e.expires_at <= now(), false) AS expired,
             e.letter_id IS NOT NULL AS replayed, w.config_revision AS "configRevision"
      FROM started s
      CROSS JOIN LATERAL (SELECT * FROM event e WHERE e.workspace_id = s.workspace_id AND e.id = s.id OFFSET 0) e
      CROSS JOIN LATERAL (SELECT config_revision FROM workspace w WHERE w.id = s.workspace_id OFFSET 0) w
      ORDER BY s.id`,
    values: startValues(owner, refs, 'fan-out'),
  })
  return rows
}

/** Which of these recipients already have a delivery of this event: a member that moved between topics while pages went by. */
export async function readAlreadyDelivered(client: PoolClient, eventId: string, recipientIds: string[]): Promise<Set<string>> {
  const { rows } = await client.query({
    name: 'fan-out-already',
    text: 'SELECT DISTINCT recipient_id AS id FROM delivery WHERE event_id = $1 AND generation = 0 AND recipient_id = ANY($2::text[])',
    values: [eventId, recipientIds],
  })
  return new Set(rows.map((row) => row.id as string))
}

export interface FanOutEffect {
  id: string
  n: number
  expired: boolean
  /** The event came with a schedule and is counted as scheduled until now. */
  wasScheduled: boolean
  /** A replay put it back to work: its letter hears of the outcome. */
  replayed: boolean
}

export interface FanOutResult {
  /** Events whose effect is recorded now; the others had lost their row (cancelled, or done by somebody else). */
  eventIds: Set<string>
  /** In-app messages written, with their sequence numbers. */
  inbox: { workspaceId: string; recipientId: string; sequence: number }[]
}

/** Where a row stands in the statement's sorted arrays. */
const at = 'width_bucket(o.id, $2::uuid[])'
/** The events' rows that are still ours: no join, so that it costs the same per row however many there are. */
const mine = `o.id = ANY($2::uuid[]) AND o.kind = 'fan-out' AND o.dispatches = ($3::int[])[${at}] AND o.lease_owner = $1::uuid`

/** The event's row: deleted when this is its last (or only) page, moved on to `cursor` otherwise. */
const lastPage = `gone AS (
  DELETE FROM outbox o WHERE ${mine}
  RETURNING o.id, o.workspace_id, o.priority, ($4::boolean[])[${at}] AS expired, ($5::boolean[])[${at}] AS was_scheduled, true AS last
)`
const morePages = `gone AS (
  UPDATE outbox o SET cursor = $27, leased = false, lease_owner = NULL, lease_until = NULL, starts = 0, suspect = false, due_at = now()
  WHERE ${mine}
  RETURNING o.id, o.workspace_id, o.priority, ($4::boolean[])[${at}] AS expired, ($5::boolean[])[${at}] AS was_scheduled, false AS last
)`

const effect = (guard: string): string => `
WITH ${guard}, p AS (
  SELECT p.*, g.priority FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], ${sqlTexts(10)}, ${sqlTexts(11)}, $12::uuid[], ${sqlTexts(13)}, ${sqlTexts(14)},
    ${sqlTexts(15)}, $16::timestamptz[], $17::boolean[], $18::boolean[], ${sqlTexts(19)}, $20::uuid[], ${sqlTexts(21)}, ${sqlTexts(22)}, ${sqlTexts(23)}, ${sqlTexts(24)}, $25::int[], ${sqlTexts(26)})
    AS p(id, event_id, workspace_id, notification_id, channel, source, endpoint_id, recipient_id, state, reason, due_at, mine, dispatched, queue, lane,
         address, subject, content, workflow_key, workflow_version, step_id)
  JOIN gone g ON g.id = p.event_id AND NOT g.expired
), sequences AS (
  INSERT INTO inbox_sequence (workspace_id, recipient_id, last_sequence)
  SELECT workspace_id, recipient_id, count(*) FROM p WHERE channel = 'in-app' AND state = 'delivered' GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (workspace_id, recipient_id) DO UPDATE SET last_sequence = inbox_sequence.last_sequence + EXCLUDED.last_sequence
  RETURNING workspace_id, recipient_id, last_sequence
), numbered AS (
  -- Windows over both, not a join: what the planner takes for one row is a page of a thousand.
  SELECT m.*, CASE WHEN m.counted THEN max(m.last_sequence) OVER same - count(m.id) OVER same + row_number() OVER (PARTITION BY m.workspace_id, m.recipient_id, m.counted ORDER BY m.id) END AS sequence
  FROM (
    SELECT workspace_id, notification_id, event_id, id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content,
      channel = 'in-app' AND state = 'delivered' AS counted, NULL::bigint AS last_sequence
    FROM p WHERE notification_id IS NOT NULL
    UNION ALL
    SELECT workspace_id, NULL, NULL, NULL, recipient_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, last_sequence FROM sequences
  ) m
  WINDOW same AS (PARTITION BY m.workspace_id, m.recipient_id, m.counted)
), notifications AS (
  INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content, sequence)
  SELECT workspace_id, notification_id, event_id, id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content, sequence
  FROM numbered WHERE id IS NOT NULL
  RETURNING workspace_id, id, recipient_id, sequence
), ${indexCte('searchable', 'notification', 'notifications')}, deliveries AS (
  INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, endpoint_id, recipient_id, state, reason, version, tries, next_attempt_at, finished_at)
  SELECT workspace_id, id, event_id, notification_id, channel, source, endpoint_id, coalesce(recipient_id, ''), state, reason,
         CASE WHEN mine OR state = 'delivered' THEN 1 ELSE 0 END, CASE WHEN mine OR state = 'delivered' THEN 1 ELSE 0 END,
         CASE WHEN due_at < 'infinity' THEN due_at END, CASE WHEN state IN ('delivered', 'dead', 'suppressed') THEN now() END
  FROM p
), work AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_until, lease_owner, dispatches, starts, priority)
  SELECT id, 'deliver', workspace_id, queue, lane, coalesce(due_at, now()), mine OR dispatched,
         CASE WHEN dispatched THEN now() + interval '${dispatchLeaseSeconds} seconds' END, CASE WHEN mine THEN $1::uuid END, (mine OR dispatched)::int, mine::int, priority
  FROM p WHERE state IN ('pending', 'sending', 'held')
), attempts AS (
  INSERT INTO attempt (delivery_id, number, workspace_id, duration_ms, outcome)
  SELECT id, 1, workspace_id, CASE WHEN NOT mine THEN 0 END, CASE WHEN NOT mine THEN 'delivered' END FROM p WHERE mine OR state = 'delivered'
), planned AS MATERIALIZED (
  SELECT event_id, count(*)::int AS created,
    (count(*) FILTER (WHERE state IN ('pending', 'sending', 'held')))::int AS open, (count(*) FILTER (WHERE state IN ('pending', 'sending')))::int AS pending,
    (count(*) FILTER (WHERE state = 'delivered'))::int AS delivered, (count(*) FILTER (WHERE state = 'dead'))::int AS dead,
    (count(*) FILTER (WHERE state = 'suppressed'))::int AS suppressed, (count(*) FILTER (WHERE state = 'held'))::int AS held
  FROM p GROUP BY event_id
), tally AS (
  SELECT g.id, g.workspace_id, g.expired, g.was_scheduled, g.last, coalesce(n.created, 0) AS created, coalesce(n.open, 0) AS open, coalesce(n.pending, 0) AS pending,
    coalesce(n.delivered, 0) AS delivered, coalesce(n.dead, 0) AS dead, coalesce(n.suppressed, 0) AS suppressed, coalesce(n.held, 0) AS held
  FROM gone g LEFT JOIN planned n ON n.event_id = g.id
), events AS (
  UPDATE event e SET
    fanned_out = t.last, open_deliveries = e.open_deliveries + t.open,
    state = CASE WHEN t.expired THEN 'cancelled' WHEN NOT t.last OR e.open_deliveries + t.open > 0 THEN 'processing'
                 WHEN t.created = 0 AND e.state <> 'processing' THEN 'unmatched'
                 WHEN t.created = 0 AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id) THEN 'unmatched' ELSE 'completed' END,
    reason = CASE WHEN t.expired THEN 'expired' ELSE e.reason END,
    cancelled_at = CASE WHEN t.expired THEN now() ELSE e.cancelled_at END,
    completed_at = CASE WHEN t.last AND NOT t.expired AND e.open_deliveries + t.open = 0 THEN now() END
  FROM tally t WHERE e.workspace_id = t.workspace_id AND e.id = t.id
  RETURNING e.id, e.workspace_id, e.state, e.letter_id, (e.accepted_at AT TIME ZONE 'UTC')::date AS day, t.was_scheduled, t.last,
    t.created, t.pending, t.delivered, t.dead, t.suppressed, t.held
), letters AS (
  UPDATE dead_letter l SET outcome = 'fixed' FROM events e WHERE e.letter_id IS NOT NULL AND e.last AND l.workspace_id = e.workspace_id AND l.id = e.letter_id AND l.outcome IS NULL
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, events_pending, events_scheduled, events_completed, events_unmatched, events_cancelled,
    deliveries_created, deliveries_pending, deliveries_delivered, deliveries_dead, deliveries_suppressed, deliveries_held)
  SELECT workspace_id, day, sum((state = 'processing')::int - (NOT was_scheduled)::int), -sum(was_scheduled::int), sum((state = 'completed')::int), sum((state = 'unmatched')::int),
    sum((state = 'cancelled')::int), sum(created), sum(pending), sum(delivered), sum(dead), sum(suppressed), sum(held)
  FROM events GROUP BY 1, 2
)
SELECT g.id AS "eventId", NULL::uuid AS "workspaceId", NULL::text AS "recipientId", NULL::bigint AS sequence FROM gone g
UNION ALL
SELECT NULL, workspace_id, recipient_id, sequence FROM notifications WHERE sequence IS NOT NULL`

const lastPageSql = effect(lastPage)
const morePagesSql = effect(morePages)

/** Records the effect of a fan-out. With `cursor` the events' rows stay, moved on; without, they are done. */
export async function recordFanOut(
  client: Pool | PoolClient,
  owner: string,
  events: FanOutEffect[],
  planned: PlannedDelivery[],
  cursor: string | null,
): Promise<FanOutResult> {
  // In order: each row finds what belongs to it by its place.
  const inOrder = [...events].sort((a, b) => (a.id < b.id ? -1 : 1))
  const column = <T extends string | number | boolean | null>(pick: (delivery: PlannedDelivery) => T): string => sqlArray(planned.map(pick))
  const texts = (pick: (delivery: PlannedDelivery) => string | null): string => joinTexts(planned.map(pick))
  const values: unknown[] = [
    owner,
    sqlArray(inOrder.map((event) => event.id)),
    sqlArray(inOrder.map((event) => event.n)),
    sqlArray(inOrder.map((event) => event.expired)),
    sqlArray(inOrder.map((event) => event.wasScheduled)),
    column((d) => d.id),
    column((d) => d.eventId),
    column((d) => d.workspaceId),
    column((d) => d.notificationId),
    texts((d) => d.channel),
    texts((d) => d.source),
    column((d) => d.endpointId),
    texts((d) => d.recipientId),
    texts((d) => d.state),
    texts((d) => d.reason),
    column((d) => d.dueAt),
    column((d) => d.handOver === 'mine'),
    column((d) => d.handOver === 'dispatched'),
    texts((d) => d.queue),
    column((d) => d.lane),
    texts((d) => d.address),
    texts((d) => d.subject),
    texts((d) => d.content),
    texts((d) => d.workflowKey),
    column((d) => d.workflowVersion),
    texts((d) => d.stepId),
  ]
  const result = await client.query(
    cursor === null
      ? { name: 'fan-out-record', text: lastPageSql, values }
      : { name: 'fan-out-record-page', text: morePagesSql, values: [...values, cursor] },
  )
  const eventIds = new Set<string>()
  const inbox: FanOutResult['inbox'] = []
  for (const row of result.rows) {
    if (row.eventId) eventIds.add(row.eventId)
    else inbox.push({ workspaceId: row.workspaceId, recipientId: row.recipientId, sequence: row.sequence })
  }
  return { eventIds, inbox }
}
