// The accept transaction: idempotency key + event + outbox row + ledger, for many requests at once.
import { joinTexts, sqlArray, sqlTexts, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { dispatchLeaseSeconds } from '../outbox/index.ts'
import type { PreparedEvent } from './prepare-event.ts'

export interface EventRow extends PreparedEvent {
  /** Born leased: the accepting process puts it into the queue itself, right after the commit. */
  leased: boolean
}

/** Which files each event refers to, for the files' own page and for their collector. */
const useOfFiles = `), uses AS (
  INSERT INTO attachment_use (workspace_id, attachment_id, event_id)
  SELECT i.workspace_id, substr(file, 5)::uuid, i.id
  FROM inserted i JOIN input ON input.id = i.id CROSS JOIN LATERAL jsonb_array_elements_text(input.attachments::jsonb) AS file
  WHERE input.attachments IS NOT NULL
`

/** `files`: some of the events refer to attachments, which is nothing that the others pay for. */
const insertEvents = (files: boolean): string => `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], ${sqlTexts(3)}, $4::timestamptz[], ${sqlTexts(5)}, ${sqlTexts(6)}, ${sqlTexts(7)},
    ${sqlTexts(8)}, ${sqlTexts(9)}, $10::smallint[], $11::timestamptz[], $12::timestamptz[], $13::boolean[]${files ? `, ${sqlTexts(14)}` : ''})
  AS t(id, workspace_id, type, accepted_at, recipients, data, source, subject, audience, priority, scheduled_at, expires_at, leased${files ? ', attachments' : ''})
), inserted AS (
  INSERT INTO event (id, workspace_id, type, state, accepted_at, recipients, data, source, subject, audience, priority, scheduled_at, expires_at${files ? ', attachments' : ''})
  SELECT id, workspace_id, type, CASE WHEN scheduled_at IS NULL THEN 'accepted' ELSE 'scheduled' END, accepted_at, recipients, data,
         source, subject, audience, priority, scheduled_at, expires_at${files ? ', attachments' : ''} FROM input
  ON CONFLICT DO NOTHING
  RETURNING id, workspace_id, accepted_at, scheduled_at, priority
), work AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_until, dispatches, priority)
  SELECT i.id, 'fan-out', i.workspace_id, 'fan-out', i.workspace_id, coalesce(i.scheduled_at, now()), input.leased,
         CASE WHEN input.leased THEN now() + interval '${dispatchLeaseSeconds} seconds' END, input.leased::int, i.priority
  FROM inserted i JOIN input ON input.id = i.id
), counted AS (
  INSERT INTO ledger_delta (workspace_id, day, events_accepted, events_pending, events_scheduled)
  SELECT workspace_id, (accepted_at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE scheduled_at IS NULL), count(scheduled_at)
  FROM inserted GROUP BY 1, 2
${files ? useOfFiles : ''}), woken AS (
  SELECT pg_notify('outbox', '') FROM input WHERE NOT leased AND coalesce(scheduled_at <= now() + interval '60 seconds', true) LIMIT 1
)
SELECT (SELECT count(*) FROM inserted)::int AS inserted, (SELECT count(*) FROM woken) AS woken`

/**
 * The same for what most events are: due at once, without an end, taken into the queue by this process, and written for the first
 * time. A fifth cheaper: no row is looked for before it is inserted, and none is joined again.
 */
const insertLeasedEvents = `
WITH inserted AS (
  INSERT INTO event (id, workspace_id, type, state, accepted_at, recipients, data, source, subject, audience, priority)
  SELECT id, workspace_id, type, 'accepted', accepted_at, recipients, data, source, subject, audience, priority
  FROM unnest($1::uuid[], $2::uuid[], ${sqlTexts(3)}, $4::timestamptz[], ${sqlTexts(5)}, ${sqlTexts(6)}, ${sqlTexts(7)}, ${sqlTexts(8)}, ${sqlTexts(9)}, $10::smallint[])
    AS t(id, workspace_id, type, accepted_at, recipients, data, source, subject, audience, priority)
  RETURNING id, workspace_id, accepted_at, priority
), work AS (
  INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased, lease_until, dispatches, priority)
  SELECT id, 'fan-out', workspace_id, 'fan-out', workspace_id, now(), true, now() + interval '${dispatchLeaseSeconds} seconds', 1, priority FROM inserted
)
INSERT INTO ledger_delta (workspace_id, day, events_accepted, events_pending)
SELECT workspace_id, (accepted_at AT TIME ZONE 'UTC')::date, count(*), count(*) FROM inserted GROUP BY 1, 2`

/** @param again Some may be there already: a commit of unknown outcome sent once more. */
export async function insertEventRows(client: Pool | PoolClient, rows: EventRow[], again = false): Promise<void> {
  if (rows.length === 0) return
  if (again || rows.some((row) => !row.leased || row.scheduledAt !== null || row.expiresAt !== null || row.attachments !== null))
    return insertAnyRows(client, rows)
  await client.query({ name: 'accept-leased-events', text: insertLeasedEvents, values: commonValues(rows) })
}

function commonValues(rows: EventRow[]): unknown[] {
  return [
    sqlArray(rows.map((row) => row.id)),
    sqlArray(rows.map((row) => row.workspaceId)),
    joinTexts(rows.map((row) => row.type)),
    sqlArray(rows.map((row) => row.acceptedAt)),
    joinTexts(rows.map((row) => row.recipients)),
    joinTexts(rows.map((row) => row.data)),
    joinTexts(rows.map((row) => row.source)),
    joinTexts(rows.map((row) => row.subject)),
    joinTexts(rows.map((row) => row.audience)),
    sqlArray(rows.map((row) => row.priority)),
  ]
}

/** One prepared statement for all rows; rows whose id is already there (a commit of unknown outcome sent again) are left alone. */
async function insertAnyRows(client: Pool | PoolClient, rows: EventRow[]): Promise<void> {
  const files = rows.some((row) => row.attachments !== null)
  await client.query({
    name: files ? 'accept-events-with-files' : 'accept-events',
    text: insertEvents(files),
    values: [
      ...commonValues(rows),
      sqlArray(rows.map((row) => row.scheduledAt)),
      sqlArray(rows.map((row) => row.expiresAt)),
      sqlArray(rows.map((row) => row.leased)),
      ...(files ? [joinTexts(rows.map((row) => row.attachments))] : []),
    ],
  })
}
