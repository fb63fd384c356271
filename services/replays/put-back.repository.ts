// Putting dead work back: the same delivery, the same webhook-id, one transaction. Lock order: outbox (new rows), delivery,
// event, letter, each by id.
import type { PoolClient } from '#platform/postgres/index.ts'
import { indexCte } from '../outbox/index.ts'

export interface LetterToSend {
  id: string
  deliveryId: string | null
  eventId: string
}

/** What is noted on the letters that are sent. */
export interface Sending {
  reason: string
  /** Who sends. */
  by: string
  /** The step of their replay; null for a letter that is sent alone. */
  stage: number | null
}

/**
 * Puts the work of these open letters back to work and closes the letters as replayed. A letter whose work is not dead any
 * more (it was sent again in another way) is closed with the outcome 'skipped'. Returns how many went back.
 */
export async function putBack(client: PoolClient, workspaceId: string, letters: LetterToSend[], sending: Sending): Promise<number> {
  if (letters.length === 0) return 0
  const { rows: deliveries } = await client.query(
    `WITH wanted AS (SELECT d.workspace_id, d.id FROM unnest($2::uuid[]) AS t(id) JOIN delivery d ON d.workspace_id = $1 AND d.id = t.id WHERE d.state = 'dead' ORDER BY d.id FOR UPDATE OF d),
     back AS (
       UPDATE delivery d SET state = 'pending', reason = NULL, tries = 0, finished_at = NULL, next_attempt_at = NULL,
         letter_id = (SELECT l.id FROM dead_letter l WHERE l.workspace_id = $1 AND l.delivery_id = d.id AND l.id = ANY($3::uuid[]) ORDER BY l.id DESC LIMIT 1)
       FROM wanted w WHERE d.workspace_id = w.workspace_id AND d.id = w.id
       RETURNING d.id, d.event_id, d.channel, d.endpoint_id
     ), work AS (
       INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased)
       SELECT id, 'deliver', $1, 'delivery-' || channel, CASE WHEN channel = 'webhook' THEN endpoint_id ELSE $1 END, now(), false FROM back
     ), events AS (
       UPDATE event e SET open_deliveries = e.open_deliveries + t.count
       FROM (SELECT event_id, count(*)::int AS count FROM back GROUP BY event_id ORDER BY event_id) t WHERE e.workspace_id = $1 AND e.id = t.event_id
       RETURNING (e.accepted_at AT TIME ZONE 'UTC')::date AS day, t.count
     ), counted AS (
       INSERT INTO ledger_delta (workspace_id, day, deliveries_dead, deliveries_pending) SELECT $1, day, -sum(count), sum(count) FROM events GROUP BY day
     ) SELECT id FROM back`,
    [workspaceId, letters.flatMap((letter) => letter.deliveryId ?? []), letters.map((letter) => letter.id)],
  )
  const { rows: events } = await client.query(
    `WITH wanted AS (SELECT e.workspace_id, e.id FROM unnest($2::uuid[]) AS t(id) JOIN event e ON e.workspace_id = $1 AND e.id = t.id WHERE e.state = 'dead' ORDER BY e.id FOR UPDATE OF e),
     back AS (
       UPDATE event e SET state = 'accepted', reason = NULL,
         letter_id = (SELECT l.id FROM dead_letter l WHERE l.workspace_id = $1 AND l.event_id = e.id AND l.delivery_id IS NULL AND l.id = ANY($3::uuid[]) ORDER BY l.id DESC LIMIT 1)
       FROM wanted w WHERE e.workspace_id = w.workspace_id AND e.id = w.id
       RETURNING e.id, (e.accepted_at AT TIME ZONE 'UTC')::date AS day
     ), work AS (
       INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) SELECT id, 'fan-out', $1, 'fan-out', $1, now(), false FROM back
     ), counted AS (
       INSERT INTO ledger_delta (workspace_id, day, events_dead, events_pending) SELECT $1, day, -count(*), count(*) FROM back GROUP BY day
     ) SELECT id FROM back`,
    [
      workspaceId,
      letters.filter((letter) => letter.deliveryId === null).map((letter) => letter.eventId),
      letters.map((letter) => letter.id),
    ],
  )
  const back = new Set([...deliveries, ...events].map((row) => row.id as string))
  const sent = letters.map((letter) => back.has(letter.deliveryId ?? letter.eventId))
  await client.query(
    `WITH closed AS (
       UPDATE dead_letter l SET state = 'replayed', closed_at = now(), closed_reason = $4, closed_by = $5, replay_stage = $6, outcome = CASE WHEN t.sent THEN NULL ELSE 'skipped' END
       FROM unnest($2::uuid[], $3::boolean[]) AS t(id, sent) WHERE l.workspace_id = $1 AND l.id = t.id AND l.state = 'open' RETURNING l.cause_id
     ) INSERT INTO cause_delta (cause_id, letters, open_letters) SELECT cause_id, 0, -count(*) FROM closed GROUP BY cause_id`,
    [workspaceId, letters.map((letter) => letter.id), sent, sending.reason, sending.by, sending.stage],
  )
  await client.query("SELECT pg_notify('outbox', '')")
  return back.size
}

/** Locks open letters by id. Letters that are not open, or not of this workspace, do not come back. */
export async function lockOpenLetters(client: PoolClient, workspaceId: string, ids: string[]): Promise<LetterToSend[]> {
  const { rows } = await client.query(
    `SELECT id, delivery_id AS "deliveryId", event_id AS "eventId" FROM dead_letter WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND state = 'open' ORDER BY id FOR UPDATE`,
    [workspaceId, ids],
  )
  return rows
}

/** An edited copy: a new delivery of the next generation with its own body, linked; the original is cancelled as replaced. */
export async function sendEditedCopy(
  client: PoolClient,
  workspaceId: string,
  letter: { id: string; deliveryId: string },
  copy: { id: string; notificationId: string; override: string; subject: string | null } & Sending,
): Promise<boolean> {
  const { rows } = await client.query(
    `WITH original AS (
       UPDATE delivery SET state = 'cancelled', reason = 'replaced' WHERE workspace_id = $1 AND id = $2 AND state = 'dead'
       RETURNING event_id, notification_id, channel, source, endpoint_id, recipient_id
     ), ntf AS (
       INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content)
       SELECT $1, $4, n.event_id, $3, n.recipient_id, n.workflow_key, n.workflow_version, n.step_id, n.channel, n.address, coalesce($6, n.subject), $5
       FROM notification n JOIN original o ON n.workspace_id = $1 AND n.id = o.notification_id RETURNING workspace_id, id
     ), ${indexCte('searchable', 'notification', 'ntf')}, copy AS (
       INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, endpoint_id, recipient_id, generation, previous_id, state, override, letter_id)
       SELECT $1, $3, o.event_id, (SELECT id FROM ntf), o.channel, o.source, o.endpoint_id, o.recipient_id,
         (SELECT max(generation) + 1 FROM delivery d WHERE d.event_id = o.event_id AND d.source = o.source AND d.recipient_id = o.recipient_id), $2, 'pending', $5, $7
       FROM original o RETURNING id, event_id, channel, endpoint_id
     ), work AS (
       INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased)
       SELECT id, 'deliver', $1, 'delivery-' || channel, CASE WHEN channel = 'webhook' THEN endpoint_id ELSE $1 END, now(), false FROM copy
     ), ev AS (
       UPDATE event e SET open_deliveries = e.open_deliveries + 1 FROM copy WHERE e.workspace_id = $1 AND e.id = copy.event_id RETURNING (e.accepted_at AT TIME ZONE 'UTC')::date AS day
     ), counted AS (
       INSERT INTO ledger_delta (workspace_id, day, deliveries_dead, deliveries_cancelled, deliveries_created, deliveries_pending) SELECT $1, day, -1, 1, 1, 1 FROM ev
     ), closed AS (
       UPDATE dead_letter SET state = 'replayed', closed_at = now(), closed_reason = $8, closed_by = $9, replay_stage = $10 WHERE workspace_id = $1 AND id = $7 AND state = 'open' RETURNING cause_id
     ), delta AS (
       INSERT INTO cause_delta (cause_id, letters, open_letters) SELECT cause_id, 0, -1 FROM closed
     ) SELECT id, pg_notify('outbox', '') FROM copy`,
    [
      workspaceId,
      letter.deliveryId,
      copy.id,
      copy.notificationId,
      copy.override,
      copy.subject,
      letter.id,
      copy.reason,
      copy.by,
      copy.stage,
    ],
  )
  return rows.length > 0
}
