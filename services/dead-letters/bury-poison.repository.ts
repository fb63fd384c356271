import type { PoolClient } from '#platform/postgres/index.ts'
import type { WorkKind } from '#shared/jobs/queues.ts'
import { insertLetters } from './dead-letter.repository.ts'

/**
 * Work that used up its starts without an effect ends here, in the relay's transaction: a fan-out makes its event dead, a
 * delivery dies; a pipeline-fault letter says why and can be replayed. A replay that keeps failing is stopped.
 */
export async function buryPoison(
  client: PoolClient,
  row: { id: string; kind: WorkKind; workspaceId: string; starts: number; lastError: string | null },
): Promise<void> {
  const failure = row.lastError
    ? { errorCode: 'pipeline-error', error: row.lastError, where: `${row.kind}.handle` }
    : { errorCode: 'poison', error: `Its worker ended ${row.starts} times while working on it`, where: `${row.kind}.start` }
  await client.query('DELETE FROM outbox WHERE id = $1 AND kind = $2', [row.id, row.kind])
  if (row.kind === 'replay') {
    await client.query(
      "UPDATE replay SET state = 'stopped', stop_reason = $2, finished_at = now() WHERE id = $1 AND state IN ('preparing', 'running')",
      [row.id, failure.error],
    )
    return
  }
  if (row.kind === 'bulk') {
    await client.query(
      "UPDATE job_operation SET state = 'stopped', stop_reason = $2, finished_at = now() WHERE id = $1 AND state = 'running'",
      [row.id, failure.error],
    )
    return
  }
  if (row.kind === 'fan-out') {
    const { rows } = await client.query(
      `WITH before AS (SELECT state FROM event WHERE workspace_id = $1 AND id = $2 FOR UPDATE)
       UPDATE event e SET state = 'dead', reason = $3 FROM before WHERE e.workspace_id = $1 AND e.id = $2 AND before.state IN ('scheduled', 'accepted', 'processing')
       RETURNING before.state, (e.accepted_at AT TIME ZONE 'UTC')::date::text AS day, e.letter_id AS "letterId"`,
      [row.workspaceId, row.id, failure.error],
    )
    if (!rows[0]) return
    await client.query(
      'INSERT INTO ledger_delta (workspace_id, day, events_pending, events_scheduled, events_dead) VALUES ($1, $2, $3, $4, 1)',
      [row.workspaceId, rows[0].day, rows[0].state === 'scheduled' ? 0 : -1, rows[0].state === 'scheduled' ? -1 : 0],
    )
    if (rows[0].letterId)
      await client.query("UPDATE dead_letter SET outcome = 'failed-again' WHERE workspace_id = $1 AND id = $2 AND outcome IS NULL", [
        row.workspaceId,
        rows[0].letterId,
      ])
    await insertLetters(client, [
      {
        ...failure,
        workspaceId: row.workspaceId,
        kind: 'pipeline-fault',
        eventId: row.id,
        deliveryId: null,
        channel: null,
        attempts: row.starts,
      },
    ])
    return
  }
  const { rows } = await client.query(
    `UPDATE delivery SET state = 'dead', reason = $3, finished_at = now(), next_attempt_at = NULL WHERE workspace_id = $1 AND id = $2
     RETURNING event_id AS "eventId", channel, letter_id AS "letterId"`,
    [row.workspaceId, row.id, failure.error],
  )
  const delivery = rows[0]
  if (!delivery) return
  const { rows: events } = await client.query(
    `UPDATE event SET open_deliveries = open_deliveries - 1,
       state = CASE WHEN state = 'processing' AND fanned_out AND open_deliveries = 1 THEN 'completed' ELSE state END,
       completed_at = CASE WHEN state = 'processing' AND fanned_out AND open_deliveries = 1 THEN now() ELSE completed_at END
     WHERE workspace_id = $1 AND id = $2
     RETURNING (accepted_at AT TIME ZONE 'UTC')::date::text AS day, state = 'completed' AND completed_at = now()::timestamptz(3) AS completed`,
    [row.workspaceId, delivery.eventId],
  )
  const completed = events[0].completed ? 1 : 0
  await client.query(
    'INSERT INTO ledger_delta (workspace_id, day, deliveries_pending, deliveries_dead, events_pending, events_completed) VALUES ($1, $2, -1, 1, $3, $4)',
    [row.workspaceId, events[0].day, -completed, completed],
  )
  if (delivery.letterId)
    await client.query("UPDATE dead_letter SET outcome = 'failed-again' WHERE workspace_id = $1 AND id = $2 AND outcome IS NULL", [
      row.workspaceId,
      delivery.letterId,
    ])
  await insertLetters(client, [
    {
      ...failure,
      workspaceId: row.workspaceId,
      kind: 'pipeline-fault',
      eventId: delivery.eventId,
      deliveryId: row.id,
      channel: delivery.channel,
      attempts: row.starts,
    },
  ])
}
