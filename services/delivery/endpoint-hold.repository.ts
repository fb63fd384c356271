// Hold and release: what belongs to a disabled endpoint waits in Postgres, due at infinity, until it is enabled again.
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { dayOf, recordDeliveryResults } from './delivery.repository.ts'

/** Rows that one transaction holds or releases; what is left is held when its turn comes, or released by the next sweep. */
const holdRows = 10_000

/** Holds what waits for this endpoint. What is being sent ends as its attempt ends. Call it in the transaction that disables. */
export async function holdEndpointDeliveries(client: PoolClient, workspaceId: string, endpointId: string): Promise<number> {
  const { rows } = await client.query(
    `WITH rows AS (
       SELECT id FROM outbox WHERE queue = 'delivery-webhook' AND lane = $2 AND lease_owner IS NULL AND due_at < 'infinity' ORDER BY id LIMIT ${holdRows} FOR UPDATE
     ), held AS (
       UPDATE delivery d SET state = 'held', reason = 'endpoint disabled', next_attempt_at = NULL FROM rows
       WHERE d.workspace_id = $1 AND d.id = rows.id AND d.state IN ('pending', 'retrying') RETURNING d.id, d.event_id
     ), work AS (
       UPDATE outbox o SET due_at = 'infinity', dispatches = o.dispatches + 1, leased = false, lease_until = NULL FROM held WHERE o.id = held.id AND o.kind = 'deliver'
     ) SELECT event_id AS "eventId" FROM held`,
    [workspaceId, endpointId],
  )
  await countHeld(
    client,
    workspaceId,
    rows.map((row) => row.eventId as string),
    1,
  )
  return rows.length
}

/** Moves deliveries between pending and held in the ledger. */
export async function countHeld(client: PoolClient, workspaceId: string, eventIds: string[], sign: 1 | -1): Promise<void> {
  for (const [day, list] of Map.groupBy(eventIds, dayOf)) {
    await client.query('INSERT INTO ledger_delta (workspace_id, day, deliveries_pending, deliveries_held) VALUES ($1, $2, $3, $4)', [
      workspaceId,
      day,
      -sign * list.length,
      sign * list.length,
    ])
  }
}

interface HeldLane {
  lane: string
  workspaceId: string
  deleted: boolean
}

/** Endpoints that are enabled or deleted and still have held rows: held by nobody. */
async function findReleasable(client: Pool): Promise<HeldLane[]> {
  const { rows } = await client.query({
    name: 'held-lanes',
    text: `WITH RECURSIVE lanes AS (
        (SELECT lane FROM outbox WHERE queue = 'delivery-webhook' AND NOT leased AND NOT suspect ORDER BY lane LIMIT 1)
        UNION ALL
        SELECT next.lane FROM lanes l CROSS JOIN LATERAL
          (SELECT lane FROM outbox o WHERE o.queue = 'delivery-webhook' AND NOT o.leased AND NOT o.suspect AND o.lane > l.lane ORDER BY o.lane LIMIT 1) next
      )
      SELECT l.lane, p.workspace_id AS "workspaceId", p.deleted_at IS NOT NULL AS deleted FROM lanes l JOIN endpoint p ON p.id = l.lane
      WHERE (p.state = 'enabled' OR p.deleted_at IS NOT NULL)
        AND EXISTS (SELECT FROM outbox o WHERE o.queue = 'delivery-webhook' AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect AND o.due_at = 'infinity')`,
  })
  return rows
}

/** Gives held rows back at a pace: at most `perEndpoint` of each endpoint and call. Rows of deleted endpoints are cancelled. */
export async function releaseHeld(pool: Pool, perEndpoint = 500): Promise<number> {
  let released = 0
  for (const lane of await findReleasable(pool)) {
    released += await transaction(pool, async (client) => {
      const { rows } = await client.query(
        `SELECT o.id, d.event_id AS "eventId", d.version FROM outbox o JOIN delivery d ON d.workspace_id = o.workspace_id AND d.id = o.id
         WHERE o.queue = 'delivery-webhook' AND o.lane = $1 AND NOT o.leased AND NOT o.suspect AND o.due_at = 'infinity' AND d.state = 'held'
         ORDER BY o.id LIMIT $2 FOR UPDATE OF o SKIP LOCKED`,
        [lane.lane, perEndpoint],
      )
      if (rows.length === 0) return 0
      const ids = rows.map((row) => row.id as string)
      await client.query(
        "UPDATE outbox SET due_at = now() + random() * interval '1 second' WHERE id = ANY($1::uuid[]) AND kind = 'deliver'",
        [ids],
      )
      await client.query(
        "UPDATE delivery SET state = 'pending', reason = NULL, tries = 0 WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
        [lane.workspaceId, ids],
      )
      await countHeld(
        client,
        lane.workspaceId,
        rows.map((row) => row.eventId as string),
        -1,
      )
      if (lane.deleted) {
        await recordDeliveryResults(
          client,
          rows.map((row) => ({
            workspaceId: lane.workspaceId,
            deliveryId: row.id,
            eventId: row.eventId,
            version: row.version,
            state: 'cancelled' as const,
            outcome: null,
            statusCode: null,
            errorCode: null,
            error: null,
            durationMs: null,
            retryInMs: null,
            reason: 'endpoint deleted',
          })),
        )
      }
      await client.query("SELECT pg_notify('outbox', '')")
      return rows.length
    })
  }
  return released
}

/** The first failure of a healthy endpoint, or the first success of a failing one. */
export async function markEndpointHealth(pool: Pool, endpointId: string, healthy: boolean): Promise<void> {
  await pool.query(
    healthy
      ? 'UPDATE endpoint SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL'
      : 'UPDATE endpoint SET failing_since = now() WHERE id = $1 AND failing_since IS NULL',
    [endpointId],
  )
}

/** Endpoints whose every attempt has failed for `days`: to be disabled. */
export async function findFailingEndpoints(pool: Pool, days: number): Promise<{ id: string; workspaceId: string }[]> {
  const { rows } = await pool.query(
    `SELECT id, workspace_id AS "workspaceId" FROM endpoint WHERE state = 'enabled' AND deleted_at IS NULL AND failing_since < now() - $1 * interval '1 day' LIMIT 100`,
    [days],
  )
  return rows
}
