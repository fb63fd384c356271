// Writing dead letters: in the transaction that makes the work dead, and without waiting for anybody's counter.
import { withoutControls, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { newUuid } from '#shared/ids.ts'
import { indexCte } from '../outbox/index.ts'
import { causeOf, type Failure } from './cause.rules.ts'

export type LetterKind = 'delivery-exhausted' | 'pipeline-fault'

/** Error codes of attempts whose request went out, or may have, and got no answer that could be read. */
const unanswered = ['timeout', 'connection-lost', 'invalid-response']

export interface NewLetter extends Failure {
  workspaceId: string
  kind: LetterKind
  eventId: string
  deliveryId: string | null
  channel: string | null
  attempts: number
}

/**
 * Writes letters with their causes. What sending again needs is taken from the rows themselves (event, delivery,
 * notification), as they are in this transaction. Call it after the deliveries or events were made dead.
 */
export async function insertLetters(client: PoolClient, letters: NewLetter[]): Promise<void> {
  if (letters.length === 0) return
  const rows = letters.map((letter) => ({ id: newUuid(), letter, cause: causeOf(letter.workspaceId, letter.kind, letter.channel, letter) }))
  const causes = [...new Map(rows.map((row) => [row.cause.id, row])).values()].sort((a, b) => (a.cause.id < b.cause.id ? -1 : 1))
  await client.query({
    name: 'cause-insert',
    text: `INSERT INTO cause (id, workspace_id, fingerprint, title, kind, error_code, channels, sample_id)
      SELECT id, w, f, t, k, c, CASE WHEN ch IS NULL THEN '{}' ELSE ARRAY[ch] END, s
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[]) AS v(id, w, f, t, k, c, ch, s)
      ON CONFLICT (id) DO NOTHING`,
    values: [
      causes.map((row) => row.cause.id),
      causes.map((row) => row.letter.workspaceId),
      causes.map((row) => row.cause.fingerprint),
      causes.map((row) => row.cause.title),
      causes.map((row) => row.letter.kind),
      causes.map((row) => row.letter.errorCode),
      causes.map((row) => row.letter.channel),
      causes.map((row) => row.id),
    ],
  })
  await client.query({
    name: 'letter-insert',
    text: `WITH written AS (
      INSERT INTO dead_letter (workspace_id, id, kind, cause_id, event_id, event_type, delivery_id, channel, workflow_key, recipient_id, endpoint_id,
        previous_id, error_code, error_message, attempts, reached, snapshot)
      SELECT v.w, v.id, v.k, v.cause, v.event, coalesce(e.type, ''), v.delivery, v.channel, n.workflow_key, nullif(d.recipient_id, ''), d.endpoint_id,
        -- The letter of an edited copy comes after the one that the copy was made from.
        coalesce((SELECT l.id FROM dead_letter l WHERE l.delivery_id = v.delivery ORDER BY l.id DESC LIMIT 1), d.letter_id, CASE WHEN v.delivery IS NULL THEN e.letter_id END),
        v.code, v.message, v.attempts,
        CASE
          WHEN EXISTS (SELECT FROM attempt a WHERE a.delivery_id = v.delivery AND (a.outcome IS NULL OR a.outcome = 'maybe-sent' OR a.error_code = ANY('{${unanswered.join(',')}}')))
            THEN 'maybe'
          WHEN EXISTS (SELECT FROM attempt a WHERE a.delivery_id = v.delivery AND a.status_code IS NOT NULL) THEN 'answered'
          ELSE 'never' END,
        json_build_object('event', json_build_object('type', e.type, 'acceptedAt', e.accepted_at, 'data', e.data::json, 'recipients', e.recipients::json, 'source', e.source,
            'subject', e.subject, 'audience', e.audience), 'content', n.content::json, 'address', n.address, 'override', d.override::json)::text
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::int[])
        AS v(w, id, k, cause, event, delivery, channel, code, message, attempts)
      LEFT JOIN event e ON e.workspace_id = v.w AND e.id = v.event
      LEFT JOIN delivery d ON d.workspace_id = v.w AND d.id = v.delivery
      LEFT JOIN notification n ON n.workspace_id = v.w AND n.id = d.notification_id
      RETURNING workspace_id, id, cause_id, error_message, event_type, recipient_id, snapshot
    ), worded AS (
      INSERT INTO search.letter_words (workspace_id, letter_id, words)
      SELECT workspace_id, id, search.words_of(error_message || ' ' || event_type || ' ' || coalesce(recipient_id, '') || ' ' || snapshot) FROM written
    ), ${indexCte('searchable', 'dead-letter', 'written')}
    INSERT INTO cause_delta (cause_id, letters, open_letters) SELECT cause_id, count(*), count(*) FROM written GROUP BY cause_id`,
    values: [
      rows.map((row) => row.letter.workspaceId),
      rows.map((row) => row.id),
      rows.map((row) => row.letter.kind),
      rows.map((row) => row.cause.id),
      rows.map((row) => row.letter.eventId),
      rows.map((row) => row.letter.deliveryId),
      rows.map((row) => row.letter.channel),
      rows.map((row) => row.letter.errorCode),
      rows.map((row) => withoutControls(row.letter.error)),
      rows.map((row) => row.letter.attempts),
    ],
  })
}

/** Adds the deltas up into the causes and their hours. Run by one relay at a time; takes at most `limit` deltas. */
export async function rollUpCauses(pool: Pool, limit = 20_000): Promise<number> {
  const { rows } = await pool.query(
    `WITH taken AS (
       DELETE FROM cause_delta WHERE id IN (SELECT id FROM cause_delta ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING cause_id, letters, open_letters, discarded, at
     ), sums AS (
       SELECT cause_id, sum(letters)::int AS letters, sum(open_letters)::int AS open_letters, sum(discarded)::int AS discarded, max(at) FILTER (WHERE letters > 0) AS at
       FROM taken GROUP BY cause_id ORDER BY cause_id
     ), hours AS (
       INSERT INTO cause_hour (cause_id, hour, letters)
       SELECT cause_id, date_trunc('hour', at, 'UTC') AS hour, sum(letters)::int FROM taken WHERE letters > 0 GROUP BY 1, 2 ORDER BY 1, 2
       ON CONFLICT (cause_id, hour) DO UPDATE SET letters = cause_hour.letters + EXCLUDED.letters
     ), updated AS (
       UPDATE cause c SET letters = c.letters + s.letters, open_letters = c.open_letters + s.open_letters, discarded_letters = c.discarded_letters + s.discarded,
         last_seen_at = greatest(c.last_seen_at, s.at)
       FROM sums s WHERE c.id = s.cause_id
     ) SELECT count(*)::int AS taken FROM taken`,
    [limit],
  )
  return rows[0].taken
}
