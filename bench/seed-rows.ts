// A full house by SQL: rows as the path would have left them, in seconds instead of hours. For measuring pages, not the path.
import type { Pool } from '#platform/postgres/index.ts'
import { parsePublicId } from '#shared/ids.ts'

/** One moment for all of a run: a row is found again by the id that another statement has made of its number. */
const nowMs = Date.now()

/** Ids that grow like UUIDv7, from two days ago up to now, by the row's number. */
const idOf = (n: string, rows: number, kind: number): string =>
  `(lpad(to_hex(${nowMs}::bigint - 86400000::bigint * 2 + (${n}) * 172800000::bigint / ${rows}), 12, '0') || '7${kind}' || substr(md5((${n})::text || '${kind}'), 1, 2) || '8' || substr(md5((${n})::text || 'x${kind}'), 1, 15))::uuid`

const momentOf = (n: string, rows: number): string =>
  `to_timestamp((${nowMs}::bigint - 86400000::bigint * 2 + (${n}) * 172800000::bigint / ${rows}) / 1000.0)`

/** How the seeded deliveries ended: nearly all well, a few not, so that a filter by state has to look for them. */
const endOf = (n: string): string =>
  `CASE WHEN ${n} % 50000 = 11 THEN 'maybe-sent' WHEN ${n} % 5000 = 17 THEN 'dead' WHEN ${n} % 2000 = 5 THEN 'suppressed' ELSE 'delivered' END`

/** Notifications with their events and deliveries, over two days, of 5,000 recipients; one subject in 100,000 has a word of its own. */
export async function seedNotifications(pool: Pool, workspaceId: string, count: number): Promise<void> {
  const chunk = 100_000
  for (let from = 0; from < count; from += chunk) {
    const numbers = `generate_series(${from + 1}, ${Math.min(count, from + chunk)}) n`
    await pool.query(
      `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data, completed_at, fanned_out)
       SELECT $1, ${idOf('n', count, 0)}, 'bench.' || n % 20, 'completed', now() - interval '1 hour', '["u1"]', '{"title":"Seeded"}', now(), true FROM ${numbers}`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO notification (workspace_id, id, event_id, delivery_id, recipient_id, workflow_key, workflow_version, step_id, channel, address, subject, content, created_at)
       SELECT $1, ${idOf('n', count, 1)}, ${idOf('n', count, 0)}, ${idOf('n', count, 2)}, 'u' || n % 5000, 'bench-' || n % 20, 1, 'mail', 'email',
         'u' || n % 5000 || '@example.com', CASE WHEN n % 100000 = 7 THEN 'Needle ' ELSE 'Seeded ' END || n, '{"subject":"Seeded","text":"Body"}', now() - interval '1 hour' FROM ${numbers}`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, recipient_id, state, version, created_at, finished_at)
       SELECT $1, ${idOf('n', count, 2)}, ${idOf('n', count, 0)}, ${idOf('n', count, 1)}, 'email', 'bench-' || n % 20 || '/mail', 'u' || n % 5000, ${endOf('n')}, 1, now() - interval '1 hour', now()
       FROM ${numbers}`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, recipient_id, error_code, error_message, attempts, snapshot, created_at)
       SELECT $1, ${idOf('n', count, 5)}, 'delivery-exhausted', md5('mailbox')::uuid, ${idOf('n', count, 0)}, 'bench.' || n % 20, ${idOf('n', count, 2)}, 'email', 'u' || n % 5000,
         'smtp-550', 'no such mailbox', 3, json_build_object('event', NULL)::text, now() FROM ${numbers} WHERE ${endOf('n')} = 'dead'`,
      [workspaceId],
    )
  }
  await pool.query(
    "INSERT INTO maybe_sent (workspace_id, delivery_id) SELECT workspace_id, id FROM delivery WHERE state = 'maybe-sent' ON CONFLICT DO NOTHING",
  )
  await pool.query(
    `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
     SELECT cause_id, $1, 'mailbox', 'mailbox refused by mail server', 'delivery-exhausted', 'smtp-550', count(*), count(*), '{email}', (array_agg(id))[1]
     FROM dead_letter WHERE workspace_id = $1 AND cause_id = md5('mailbox')::uuid GROUP BY cause_id`,
    [workspaceId],
  )
  await pool.query('ANALYZE event, notification, delivery, dead_letter, cause')
}

/** What waits for one disabled endpoint. */
export async function seedHeld(pool: Pool, workspaceId: string, count: number): Promise<void> {
  const endpoint = "md5('held endpoint')::uuid"
  await pool.query(
    `INSERT INTO endpoint (id, workspace_id, url, event_types, state, disabled_reason, disabled_at) VALUES (${endpoint}, $1, 'https://example.com/held', '{*}', 'disabled', 'operator', now())`,
    [workspaceId],
  )
  const numbers = `generate_series(1, ${count}) n`
  await pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, state)
     SELECT $1, ${idOf('n', count, 6)}, ${idOf('n', count, 0)}, 'webhook', 'held', ${endpoint}, 'held' FROM ${numbers}`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased) SELECT ${idOf('n', count, 6)}, 'deliver', $1, 'delivery-webhook', ${endpoint}, 'infinity', false FROM ${numbers}`,
    [workspaceId],
  )
}

/** Puts the delivered mails back to work: each waits with its outbox row. Pause the queue before, or they leave. */
export async function seedWaiting(pool: Pool, workspaceId: string): Promise<void> {
  await pool.query(
    `INSERT INTO outbox (id, kind, workspace_id, queue, lane, due_at, leased)
     SELECT id, 'deliver', $1, 'delivery-email', $1, now() - interval '1 hour' + row_number() OVER (ORDER BY id) * interval '3 milliseconds', false
     FROM delivery WHERE workspace_id = $1 AND channel = 'email' AND state = 'delivered'`,
    [workspaceId],
  )
  await pool.query(
    "UPDATE delivery SET state = 'pending', finished_at = NULL WHERE workspace_id = $1 AND channel = 'email' AND state = 'delivered'",
    [workspaceId],
  )
  await pool.query('ANALYZE outbox, delivery')
}

/** Open letters over two days, in 40 causes of uneven size, of 300 endpoints; every hundredth with a word of its own. */
export async function seedLetters(pool: Pool, workspaceId: string, count: number): Promise<void> {
  const cause = (n: string): string => `md5('cause' || (floor(40 * power(((${n})::bigint * 7919 % 1000) / 1000.0, 2)))::int)::uuid`
  const chunk = 50_000
  for (let from = 0; from < count; from += chunk) {
    await pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, recipient_id, endpoint_id, error_code, error_message, attempts, snapshot, created_at)
       SELECT $1, ${idOf('n', count, 3)}, 'delivery-exhausted', ${cause('n')}, ${idOf('n', count, 0)}, 'bench.' || n % 20, ${idOf('n', count, 4)}, 'webhook', NULL,
         md5('endpoint' || n % 300)::uuid, 'connection-refused', 'connect ECONNREFUSED 203.0.113.' || n % 250, 3,
         json_build_object('event', json_build_object('type', 'bench.' || n % 20, 'acceptedAt', now(), 'recipients', '[]'::json, 'source', NULL, 'audience', NULL, 'data', json_build_object('order', n, 'word', CASE WHEN n % 100 = 0 THEN 'needle' || n ELSE 'hay' END, 'text', repeat('lorem ipsum ', 40)),
           'subject', 'order/' || n), 'content', NULL, 'address', NULL, 'override', NULL)::text, now()
       FROM generate_series(${from + 1}, ${Math.min(count, from + chunk)}) n`,
      [workspaceId],
    )
  }
  await pool.query(
    `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, state, version, created_at, finished_at)
     SELECT workspace_id, delivery_id, event_id, 'webhook', endpoint_id::text, endpoint_id, 'dead', 3, created_at, created_at FROM dead_letter WHERE workspace_id = $1 AND channel = 'webhook'`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO search.letter_words SELECT workspace_id, id, search.words_of(error_message || ' ' || event_type || ' ' || snapshot) FROM dead_letter WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
     SELECT cause_id, $1, cause_id::text, 'connection refused by webhook endpoint', 'delivery-exhausted', 'connection-refused', count(*), count(*), array_agg(DISTINCT channel), (array_agg(id))[1]
     FROM dead_letter WHERE workspace_id = $1 GROUP BY cause_id ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause_hour SELECT id, date_trunc('hour', now(), 'UTC') - g * interval '1 hour', 1 + letters / 48 FROM cause, generate_series(0, 23) g WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query('ANALYZE dead_letter, search.letter_words, cause')
}

/** Deliveries to one endpoint that used up their attempts, with their events, open letters and cause, counted in the ledger. */
export async function seedDead(pool: Pool, workspaceId: string, endpoint: string, count: number): Promise<void> {
  const endpointId = parsePublicId('endpoint', endpoint)!
  const data = `'{"sequence":' || n || ',"sentAtUs":0,"filler":"' || repeat('x', 440) || '"}'`
  const chunk = 50_000
  for (let from = 0; from < count; from += chunk) {
    const numbers = `generate_series(${from + 1}, ${Math.min(count, from + chunk)}) n`
    await pool.query(
      `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data, completed_at, fanned_out)
       SELECT $1, ${idOf('n', count, 7)}, 'bench.replay', 'completed', ${momentOf('n', count)}, '[]', ${data}, now(), true FROM ${numbers}`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO delivery (workspace_id, id, event_id, channel, source, endpoint_id, state, version, tries, finished_at)
       SELECT $1, ${idOf('n', count, 8)}, ${idOf('n', count, 7)}, 'webhook', $2, $3, 'dead', 3, 3, now() FROM ${numbers}`,
      [workspaceId, endpoint, endpointId],
    )
    await pool.query(
      `INSERT INTO attempt (delivery_id, number, workspace_id, duration_ms, outcome, error_code, error)
       SELECT ${idOf('n', count, 8)}, number, $1, 3, CASE number WHEN 3 THEN 'give-up' ELSE 'retry' END, 'connection-refused', 'connect ECONNREFUSED' FROM ${numbers}, generate_series(1, 3) number`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, endpoint_id, error_code, error_message, attempts, snapshot)
       SELECT $1, ${idOf('n', count, 9)}, 'delivery-exhausted', md5('replayed')::uuid, ${idOf('n', count, 7)}, 'bench.replay', ${idOf('n', count, 8)}, 'webhook', $2, 'connection-refused',
         'connect ECONNREFUSED', 3, json_build_object('event', json_build_object('type', 'bench.replay', 'data', (${data})::json))::text FROM ${numbers}`,
      [workspaceId, endpointId],
    )
  }
  await pool.query(
    `INSERT INTO search.letter_words SELECT workspace_id, id, search.words_of(error_message || ' ' || event_type || ' ' || snapshot) FROM dead_letter WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
     SELECT md5('replayed')::uuid, $1, 'replayed', 'connection refused by webhook endpoint', 'delivery-exhausted', 'connection-refused', count(*), count(*), '{webhook}', (array_agg(id))[1]
     FROM dead_letter WHERE workspace_id = $1 AND cause_id = md5('replayed')::uuid`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO ledger_delta (workspace_id, day, events_accepted, events_completed, deliveries_created, deliveries_dead)
     SELECT workspace_id, (accepted_at AT TIME ZONE 'UTC')::date, count(*), count(*), count(*), count(*) FROM event WHERE workspace_id = $1 AND type = 'bench.replay' GROUP BY 1, 2`,
    [workspaceId],
  )
  await pool.query('VACUUM ANALYZE event, delivery, attempt, dead_letter, cause')
}
