// Hold and release: what belongs to a disabled endpoint or to a held provider waits in Postgres, due at infinity, until nobody
// holds it any more.
import { transaction, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import { channels, type Channel } from '#shared/contracts/event.ts'
import { deliveryQueue, type QueueName } from '#shared/jobs/queues.ts'
import { whyHeld } from '../providers/index.ts'
import { dayOf, recordDeliveryResults } from './delivery.repository.ts'

/** Rows that one transaction holds or releases; what is left is held when its turn comes, or released by the next sweep. */
const holdRows = 10_000

/** What is due within the next minute, in no lane's order: only so many of them, so that a long backlog costs no more. */
const dueOf = `(SELECT o.id FROM outbox o WHERE o.queue = $1 AND NOT o.leased AND NOT o.suspect AND o.due_at <= now() + interval '60 seconds' LIMIT ${holdRows})`
const handedOf = `SELECT o.id FROM outbox o WHERE o.queue = $1 AND (o.leased OR o.suspect) AND o.lease_owner IS NULL AND o.due_at < 'infinity'`
const laterOf = `(SELECT o.id FROM outbox o JOIN delivery d ON d.workspace_id = o.workspace_id AND d.id = o.id
  WHERE o.queue = $1 AND NOT o.leased AND NOT o.suspect AND o.due_at > now() + interval '60 seconds' AND o.due_at < 'infinity' AND d.state = 'retrying' LIMIT ${holdRows})`

/** Holds the rows that `pick` finds: due at infinity, their jobs stale. Answers how many. */
async function hold(client: PoolClient, pick: string, values: unknown[], reason: string): Promise<number> {
  const { rows } = await client.query<{ workspaceId: string; eventId: string }>(
    `WITH rows AS (
       SELECT o.id, o.workspace_id FROM outbox o WHERE o.id = ANY(ARRAY(${pick})) AND o.kind = 'deliver' AND o.lease_owner IS NULL AND o.due_at < 'infinity'
       ORDER BY o.id FOR UPDATE
     ), held AS (
       UPDATE delivery d SET state = 'held', reason = $${values.length + 1}, next_attempt_at = NULL FROM rows
       WHERE d.workspace_id = rows.workspace_id AND d.id = rows.id AND d.state IN ('pending', 'retrying') RETURNING d.id, d.workspace_id, d.event_id
     ), work AS (
       UPDATE outbox o SET due_at = 'infinity', dispatches = o.dispatches + 1, leased = false, lease_until = NULL, suspect = false FROM held
       WHERE o.id = held.id AND o.kind = 'deliver'
     ) SELECT workspace_id AS "workspaceId", event_id AS "eventId" FROM held`,
    [...values, reason],
  )
  for (const [workspaceId, list] of Map.groupBy(rows, (row) => row.workspaceId))
    await countHeld(
      client,
      workspaceId,
      list.map((row) => row.eventId),
      1,
    )
  return rows.length
}

/** Holds what waits for this endpoint. What is being sent ends as its attempt ends. Call it in the transaction that disables. */
export function holdEndpointDeliveries(client: PoolClient, workspaceId: string, endpointId: string): Promise<number> {
  const pick = `SELECT id FROM outbox WHERE workspace_id = $1 AND queue = 'delivery-webhook' AND lane = $2 AND lease_owner IS NULL AND due_at < 'infinity' ORDER BY id LIMIT ${holdRows}`
  return hold(client, pick, [workspaceId, endpointId], 'endpoint disabled')
}

/**
 * Holds what waits for a provider that is held, in every workspace: call it in the transaction that holds it. What is due later by
 * quiet hours keeps its time, and is held when that comes.
 */
export async function holdProviderDeliveries(client: PoolClient, provider: Channel): Promise<number> {
  const reason = await readProviderHold(client, provider)
  if (reason === null) return 0
  return hold(client, `${handedOf} UNION ALL ${dueOf} UNION ALL ${laterOf}`, [deliveryQueue(provider)], whyHeld(reason))
}

/** Holds more of what waits for held providers: a backlog longer than one transaction takes, and what fell due since. */
export async function holdForProviders(pool: Pool): Promise<number> {
  let held = 0
  for (const [provider, reason] of await readProviderHolds(pool))
    held += await transaction(pool, (client) => hold(client, dueOf, [deliveryQueue(provider)], whyHeld(reason)))
  return held
}

async function readProviderHolds(client: Pool | PoolClient): Promise<[Channel, string][]> {
  const { rows } = await client.query<{ provider: Channel; reason: string }>({
    name: 'provider-holds',
    text: 'SELECT provider, reason FROM provider_hold',
  })
  return rows.map((row) => [row.provider, row.reason])
}

async function readProviderHold(client: PoolClient, provider: Channel): Promise<string | null> {
  return new Map(await readProviderHolds(client)).get(provider) ?? null
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
  queue: QueueName
  lane: string
  workspaceId: string
  deleted: boolean
}

/** Lanes that have held rows though nobody holds them: neither their endpoint is disabled, nor their provider held. */
async function findReleasable(client: Pool): Promise<HeldLane[]> {
  const { rows } = await client.query({
    name: 'held-lanes',
    text: `WITH RECURSIVE lanes AS (
        SELECT q.name, (SELECT o.lane FROM outbox o WHERE o.queue = q.name AND NOT o.leased AND NOT o.suspect ORDER BY o.lane LIMIT 1) AS lane
        FROM unnest($1::text[]) AS q(name)
        UNION ALL
        SELECT l.name, (SELECT o.lane FROM outbox o WHERE o.queue = l.name AND NOT o.leased AND NOT o.suspect AND o.lane > l.lane ORDER BY o.lane LIMIT 1)
        FROM lanes l WHERE l.lane IS NOT NULL
      ), open AS (
        SELECT l.name, l.lane, NOT EXISTS (SELECT FROM provider_hold h WHERE 'delivery-' || h.provider = l.name) AS released FROM lanes l WHERE l.lane IS NOT NULL
      )
      SELECT l.name AS queue, l.lane, coalesce(p.workspace_id, l.lane) AS "workspaceId", p.deleted_at IS NOT NULL AS deleted
      FROM open l LEFT JOIN endpoint p ON l.name = 'delivery-webhook' AND p.id = l.lane
      WHERE CASE WHEN l.name = 'delivery-webhook' THEN p.deleted_at IS NOT NULL OR (p.state = 'enabled' AND l.released) ELSE l.released END
        AND EXISTS (SELECT FROM outbox o WHERE o.queue = l.name AND o.lane = l.lane AND NOT o.leased AND NOT o.suspect AND o.due_at = 'infinity')`,
    values: [channels.map(deliveryQueue)],
  })
  return rows
}

/** Gives held rows back at a pace: at most `perLane` of each lane and call. Rows of deleted endpoints are cancelled. */
export async function releaseHeld(pool: Pool, perLane = 500): Promise<number> {
  let released = 0
  for (const lane of await findReleasable(pool)) {
    released += await transaction(pool, async (client) => {
      const { rows } = await client.query(
        `SELECT o.id, d.event_id AS "eventId", d.version FROM outbox o JOIN delivery d ON d.workspace_id = o.workspace_id AND d.id = o.id
         WHERE o.queue = $3 AND o.lane = $1 AND NOT o.leased AND NOT o.suspect AND o.due_at = 'infinity' AND d.state = 'held'
         ORDER BY o.id LIMIT $2 FOR UPDATE OF o SKIP LOCKED`,
        [lane.lane, perLane, lane.queue],
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
