// A full house by SQL: rows as the path would have left them, in seconds instead of hours. For measuring pages, not the path.
import type { Pool } from '#platform/postgres/index.ts'

/** Ids that grow like UUIDv7, `$agoHours` back from now up to now, by the row's number. */
const idOf = (n: string, rows: number, kind: number): string =>
  `(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 86400000::bigint * 2 + (${n}) * 172800000::bigint / ${rows}), 12, '0') || '7${kind}' || substr(md5((${n})::text || '${kind}'), 1, 2) || '8' || substr(md5((${n})::text || 'x${kind}'), 1, 15))::uuid`

/** Notifications with their events and delivered deliveries, over two days, of 5,000 recipients. */
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
         'u' || n % 5000 || '@example.com', 'Seeded ' || n, '{"subject":"Seeded","text":"Body"}', now() - interval '1 hour' FROM ${numbers}`,
      [workspaceId],
    )
    await pool.query(
      `INSERT INTO delivery (workspace_id, id, event_id, notification_id, channel, source, recipient_id, state, version, created_at, finished_at)
       SELECT $1, ${idOf('n', count, 2)}, ${idOf('n', count, 0)}, ${idOf('n', count, 1)}, 'email', 'bench-' || n % 20 || '/mail', 'u' || n % 5000, 'delivered', 1, now() - interval '1 hour', now()
       FROM ${numbers}`,
      [workspaceId],
    )
  }
  await pool.query('ANALYZE event, notification, delivery')
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
    `INSERT INTO search.letter_words SELECT workspace_id, id, search.words_of(error_message || ' ' || event_type || ' ' || snapshot) FROM dead_letter WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, letters, open_letters, channels, sample_id)
     SELECT cause_id, $1, cause_id::text, 'connection refused by webhook endpoint', 'delivery-exhausted', 'connection-refused', count(*), count(*), '{webhook}', (array_agg(id))[1]
     FROM dead_letter WHERE workspace_id = $1 GROUP BY cause_id ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query(
    `INSERT INTO cause_hour SELECT id, date_trunc('hour', now(), 'UTC') - g * interval '1 hour', 1 + letters / 48 FROM cause, generate_series(0, 23) g WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [workspaceId],
  )
  await pool.query('ANALYZE dead_letter, search.letter_words, cause')
}
