// Deliveries in SQL: start, open attempt, record. Lock order everywhere: outbox, delivery, event, each by id.
import { sqlArray, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { uuidTime } from '#shared/ids.ts'
import type { Channel, DeliveryState } from '#shared/contracts/event.ts'
import type { RowRef } from '#shared/jobs/queues.ts'
import { startCte, startValues } from '../outbox/index.ts'

export interface StartedDelivery {
  id: string
  n: number
  starts: number
  workspaceId: string
  state: DeliveryState
  version: number
  tries: number
  channel: Channel
  source: string
  endpointId: string | null
  recipientId: string
  notificationId: string | null
  override: string | null
  eventId: string
  eventType: string
  eventData: string
  /** JSON text of attachment ids; null = none. */
  attachments: string | null
  acceptedAt: Date
  cancelled: boolean
  expired: boolean
  content: string | null
  address: string | null
  workflowKey: string | null
  stepId: string | null
  configRevision: number
}

/** The `start` step with all that the chunk needs. Rows that somebody else holds, or whose number moved on, do not come back. */
export async function startDeliveries(lazy: Pool, owner: string, refs: RowRef[]): Promise<StartedDelivery[]> {
  const { rows } = await lazy.query({
    name: 'deliver-start',
    text: `WITH ${startCte}
      SELECT s.id, s.dispatches AS n, s.starts, s.workspace_id AS "workspaceId", d.state, d.version, d.tries, d.channel, d.source, d.endpoint_id AS "endpointId",
             d.recipient_id AS "recipientId", d.notification_id AS "notificationId", d.override, e.id AS "eventId", e.type AS "eventType", e.data AS "eventData", e.attachments,
             e.accepted_at AS "acceptedAt", e.cancelled_at IS NOT NULL AS cancelled, coalesce(e.expires_at <= now(), false) AS expired,
             n.content, n.address, n.workflow_key AS "workflowKey", n.step_id AS "stepId", w.config_revision AS "configRevision"
      FROM started s
      CROSS JOIN LATERAL (SELECT * FROM delivery d WHERE d.workspace_id = s.workspace_id AND d.id = s.id OFFSET 0) d
      CROSS JOIN LATERAL (SELECT * FROM event e WHERE e.workspace_id = s.workspace_id AND e.id = d.event_id OFFSET 0) e
      CROSS JOIN LATERAL (SELECT config_revision FROM workspace w WHERE w.id = s.workspace_id OFFSET 0) w
      LEFT JOIN LATERAL (SELECT * FROM notification n WHERE n.workspace_id = s.workspace_id AND n.id = d.notification_id OFFSET 0) n ON true
      ORDER BY s.id`,
    values: startValues(owner, refs, 'deliver'),
  })
  return rows
}

export interface Opened {
  id: string
  version: number
  tries: number
}

/**
 * Opens an attempt for each row that is still ours, due, and allowed to go out (event not cancelled or expired, endpoint
 * enabled, provider not held). An attempt that was left open by somebody who died is closed as maybe-sent: the receiver tells repeats apart.
 */
export async function openAttempts(hot: Pool | PoolClient, owner: string, rows: { id: string; n: number }[]): Promise<Opened[]> {
  const result = await hot.query({
    name: 'deliver-open',
    text: `WITH mine AS (
        SELECT o.id, o.workspace_id FROM outbox o
        WHERE o.id = ANY($2::uuid[]) AND o.kind = 'deliver' AND o.dispatches = ($3::int[])[width_bucket(o.id, $2::uuid[])] AND o.lease_owner = $1::uuid AND o.due_at <= now() + interval '1 second'
        ORDER BY o.id FOR UPDATE OF o
      ), interrupted AS (
        UPDATE attempt a SET outcome = 'maybe-sent', error_code = 'interrupted', error = 'The process that made this attempt ended before it could note the result'
        FROM mine m JOIN delivery d ON d.workspace_id = m.workspace_id AND d.id = m.id
        WHERE d.state = 'sending' AND a.delivery_id = d.id AND a.number = d.version AND a.outcome IS NULL
      ), opened AS (
        UPDATE delivery d SET state = 'sending', version = d.version + 1, tries = d.tries + 1, next_attempt_at = NULL, reason = NULL
        FROM mine m
        WHERE d.workspace_id = m.workspace_id AND d.id = m.id AND d.state IN ('pending', 'retrying', 'sending')
          AND EXISTS (SELECT FROM event e WHERE e.workspace_id = d.workspace_id AND e.id = d.event_id AND e.cancelled_at IS NULL
            AND (e.expires_at IS NULL OR e.expires_at > now()) OFFSET 0)
          AND (d.endpoint_id IS NULL OR EXISTS (SELECT FROM endpoint p WHERE p.id = d.endpoint_id AND p.state = 'enabled' AND p.deleted_at IS NULL))
          AND d.channel <> ALL (ARRAY(SELECT provider FROM provider_hold))
        RETURNING d.id, d.workspace_id, d.version, d.tries
      ), attempts AS (
        INSERT INTO attempt (delivery_id, number, workspace_id) SELECT id, version, workspace_id FROM opened
      )
      SELECT id, version, tries FROM opened`,
    values: startValues(owner, rows, 'deliver').slice(0, 3),
  })
  return result.rows
}

export interface DeliveryResult {
  workspaceId: string
  deliveryId: string
  eventId: string
  /** The fence: the version of the attempt that this is the result of (or the version seen at start, without an attempt). */
  version: number
  state: Extract<DeliveryState, 'delivered' | 'retrying' | 'dead' | 'cancelled' | 'maybe-sent' | 'held' | 'suppressed'>
  /** NULL when no attempt was opened. */
  outcome: 'delivered' | 'retry' | 'give-up' | 'maybe-sent' | null
  statusCode: number | null
  errorCode: string | null
  error: string | null
  durationMs: number | null
  /** What opening its connection took, when one was opened. */
  dial?: { connectMs: number; tlsMs: number | null } | undefined
  /** From the written request to the first byte of the answer, where that is kept. */
  firstByteMs?: number | undefined
  /** For retrying. */
  retryInMs: number | null
  reason: string | null
}

/** Says what a delivery that could not be tried waits for, and until when. */
export async function noteWaiting(pool: Pool, workspaceId: string, id: string, reason: string, delayMs: number): Promise<void> {
  await pool.query(
    `UPDATE delivery SET reason = $3, next_attempt_at = now() + $4 * interval '1 millisecond' WHERE workspace_id = $1 AND id = $2 AND state IN ('pending', 'retrying')`,
    [workspaceId, id, reason, Math.round(delayMs)],
  )
}

const recordSql = `
WITH r AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::int[], $11::int[], $12::text[], $13::date[], $14::int[], $15::int[], $16::int[])
    AS t(workspace_id, id, event_id, version, state, outcome, status_code, error_code, error, duration_ms, retry_in_ms, reason, day, connect_ms, tls_ms, first_byte_ms)
), locked AS (
  SELECT o.id FROM outbox o WHERE o.id = ANY($2::uuid[]) AND o.kind = 'deliver' ORDER BY o.id FOR UPDATE
), known AS (
  -- Only what would be tried again asks whether its event was cancelled in the meantime.
  SELECT r.*, r.state = 'retrying' AND coalesce((SELECT e.cancelled_at IS NOT NULL FROM event e WHERE e.workspace_id = r.workspace_id AND e.id = r.event_id), false) AS event_cancelled
  FROM r WHERE r.id = ANY(ARRAY(SELECT id FROM locked))
), d AS (
  UPDATE delivery d SET
    state = CASE WHEN r.state = 'retrying' AND r.event_cancelled THEN 'cancelled' ELSE r.state END,
    reason = CASE WHEN r.state = 'retrying' AND r.event_cancelled THEN 'event cancelled' ELSE r.reason END,
    next_attempt_at = CASE WHEN r.state = 'retrying' AND NOT r.event_cancelled THEN now() + r.retry_in_ms * interval '1 millisecond' END,
    finished_at = CASE WHEN r.state IN ('retrying', 'held') AND NOT r.event_cancelled THEN NULL ELSE now() END
  FROM known r
  WHERE d.workspace_id = r.workspace_id AND d.id = r.id AND d.version = r.version
    AND (d.state = 'sending' OR (r.outcome IS NULL AND d.state IN ('pending', 'retrying')))
  RETURNING d.id, d.workspace_id, d.event_id, d.state, d.letter_id, r.outcome, r.version, r.status_code, r.error_code, r.error, r.duration_ms, r.retry_in_ms, r.day, r.connect_ms, r.tls_ms, r.first_byte_ms,
    d.state IN ('delivered', 'dead', 'cancelled', 'maybe-sent', 'suppressed') AS closed
), attempts AS (
  UPDATE attempt a SET outcome = d.outcome, status_code = d.status_code, error_code = d.error_code, error = d.error, duration_ms = d.duration_ms, connect_ms = d.connect_ms, tls_ms = d.tls_ms,
    first_byte_ms = d.first_byte_ms
  FROM d WHERE a.delivery_id = d.id AND a.number = d.version AND d.outcome IS NOT NULL
), done AS (
  DELETE FROM outbox o USING d WHERE d.closed AND o.id = d.id AND o.kind = 'deliver'
), kept AS (
  UPDATE outbox o SET due_at = CASE WHEN d.state = 'held' THEN 'infinity' ELSE now() + d.retry_in_ms * interval '1 millisecond' END,
    dispatches = o.dispatches + (d.state = 'held')::int, leased = false, lease_until = NULL, lease_owner = NULL, starts = 0, suspect = false, last_error = NULL
  FROM d WHERE NOT d.closed AND o.id = d.id AND o.kind = 'deliver'
  RETURNING o.id
), events AS (
  UPDATE event e SET open_deliveries = e.open_deliveries - t.closed,
    state = CASE WHEN e.state = 'processing' AND e.fanned_out AND e.open_deliveries - t.closed = 0 THEN 'completed' ELSE e.state END,
    completed_at = CASE WHEN e.state = 'processing' AND e.fanned_out AND e.open_deliveries - t.closed = 0 THEN now() ELSE e.completed_at END
  FROM (SELECT workspace_id, event_id, count(*)::int AS closed, min(day) AS day FROM d WHERE closed GROUP BY 1, 2 ORDER BY 2) t
  WHERE e.workspace_id = t.workspace_id AND e.id = t.event_id
  RETURNING e.workspace_id, t.day, e.state = 'completed' AND e.completed_at = now()::timestamptz(3) AS completed
), letters AS (
  UPDATE dead_letter l SET outcome = CASE WHEN d.state = 'delivered' THEN 'fixed' ELSE 'failed-again' END
  FROM d WHERE d.closed AND d.letter_id IS NOT NULL AND l.workspace_id = d.workspace_id AND l.id = d.letter_id AND l.outcome IS NULL
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, deliveries_pending, deliveries_delivered, deliveries_dead, deliveries_cancelled, deliveries_maybe_sent, deliveries_suppressed, deliveries_held, events_pending, events_completed)
  SELECT workspace_id, day, sum(p), sum(de), sum(dd), sum(ca), sum(ms), sum(su), sum(he), sum(ep), sum(ec) FROM (
    SELECT workspace_id, day, -1 AS p, (state = 'delivered')::int AS de, (state = 'dead')::int AS dd, (state = 'cancelled')::int AS ca,
           (state = 'maybe-sent')::int AS ms, (state = 'suppressed')::int AS su, (state = 'held')::int AS he, 0 AS ep, 0 AS ec FROM d WHERE closed OR state = 'held'
    UNION ALL
    SELECT workspace_id, day, 0, 0, 0, 0, 0, 0, 0, -1, 1 FROM events WHERE completed
  ) x GROUP BY 1, 2
), unsure AS (
  -- Rare, and looked for: by this row (state-candidates.repository.ts).
  INSERT INTO maybe_sent (workspace_id, delivery_id) SELECT workspace_id, id FROM d WHERE state = 'maybe-sent' ON CONFLICT DO NOTHING
), woken AS (SELECT pg_notify('outbox', '') FROM d WHERE d.state = 'retrying' AND d.retry_in_ms < 60000 LIMIT 1)
SELECT d.id, d.state, (SELECT count(*) FROM woken) AS woken FROM d`

/** Records results, each only for its own version. Answers the ones that were recorded, with the state they have now. */
export async function recordDeliveryResults(client: Pool | PoolClient, results: DeliveryResult[]): Promise<Map<string, DeliveryState>> {
  const { rows } = await client.query({
    name: 'deliver-record',
    text: recordSql,
    values: [
      sqlArray(results.map((r) => r.workspaceId)),
      sqlArray(results.map((r) => r.deliveryId)),
      sqlArray(results.map((r) => r.eventId)),
      sqlArray(results.map((r) => r.version)),
      sqlArray(results.map((r) => r.state)),
      sqlArray(results.map((r) => r.outcome)),
      sqlArray(results.map((r) => r.statusCode)),
      results.every((r) => r.errorCode === null) ? sqlArray(results.map(() => null)) : results.map((r) => r.errorCode),
      results.every((r) => r.error === null) ? sqlArray(results.map(() => null)) : results.map((r) => r.error),
      sqlArray(results.map((r) => r.durationMs)),
      sqlArray(results.map((r) => (r.retryInMs === null ? null : Math.round(r.retryInMs)))),
      results.every((r) => r.reason === null) ? sqlArray(results.map(() => null)) : results.map((r) => r.reason),
      sqlArray(results.map((r) => dayOf(r.eventId))),
      sqlArray(results.map((r) => r.dial?.connectMs ?? null)),
      sqlArray(results.map((r) => r.dial?.tlsMs ?? null)),
      sqlArray(results.map((r) => r.firstByteMs ?? null)),
    ],
  })
  return new Map(rows.map((row) => [row.id as string, row.state as DeliveryState]))
}

/** The ledger's day of an event: that of its acceptance, UTC, which its id holds. */
export function dayOf(eventId: string): string {
  return new Date(uuidTime(eventId)).toISOString().slice(0, 10)
}

/** A late yes of the last opened attempt turns maybe-sent into delivered: the one exception to the version rule. */
export async function confirmMaybeSent(client: PoolClient, result: DeliveryResult): Promise<boolean> {
  const { rows } = await client.query({
    name: 'deliver-confirm',
    text: `WITH d AS (
        UPDATE delivery SET state = 'delivered', reason = NULL, finished_at = now()
        WHERE workspace_id = $1 AND id = $2 AND version = $3 AND state = 'maybe-sent' RETURNING id, workspace_id
      ), a AS (
        UPDATE attempt SET outcome = 'delivered', status_code = $4, error = NULL, error_code = NULL, duration_ms = $5 FROM d WHERE delivery_id = d.id AND number = $3
      ), l AS (
        INSERT INTO ledger_delta (workspace_id, day, deliveries_maybe_sent, deliveries_delivered) SELECT workspace_id, $6::date, -1, 1 FROM d
      ) SELECT id FROM d`,
    values: [result.workspaceId, result.deliveryId, result.version, result.statusCode, result.durationMs, dayOf(result.eventId)],
  })
  return rows.length > 0
}
