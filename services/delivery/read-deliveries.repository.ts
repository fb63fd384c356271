// Deliveries as they are read. Lists are keyset-paged by id, newest first.
import { containsPattern, listRows, type LookedThrough, type Pool, type PoolClient } from '#platform/postgres/index.ts'
import type { DeliveryDetail, DeliveryListQuery } from '#shared/contracts/delivery.ts'
import type { Channel, DeliveryState, DeliveryView } from '#shared/contracts/event.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { publicId, publicIdOrNull } from '#shared/ids.ts'
import { stateCandidates } from './state-candidates.repository.ts'
import { attemptView, type AttemptRow } from '#shared/view/attempt-view.ts'

interface DeliveryRow {
  id: string
  eventId: string
  notificationId: string | null
  channel: Channel
  endpointId: string | null
  recipientId: string
  generation: number
  previousId: string | null
  state: DeliveryState
  reason: string | null
  nextAttemptAt: Date | null
  createdAt: Date
  finishedAt: Date | null
}

const columns = `d.id, d.event_id AS "eventId", d.notification_id AS "notificationId", d.channel, d.endpoint_id AS "endpointId", d.recipient_id AS "recipientId",
  d.generation, d.previous_id AS "previousId", d.state, d.reason, d.next_attempt_at AS "nextAttemptAt", d.created_at AS "createdAt", d.finished_at AS "finishedAt"`

/** Newest first. `before` = the id of the last one of the page before. What no index knows is looked for in a bounded time. */
export async function listDeliveries(
  pool: Pool,
  workspaceId: string,
  query: Omit<DeliveryListQuery, 'limit' | 'cursor'>,
  page: { before: string | undefined; count: number },
): Promise<LookedThrough<DeliveryView>> {
  const candidates = await stateCandidates(pool, workspaceId, query.state, query.channel && [query.channel])
  const { rows, reached } = await listRows<DeliveryRow>(pool, workspaceId, {
    columns,
    table: 'delivery',
    alias: 'd',
    indexed: [
      ['d.event_id = ?::uuid', query.event && uuidOf('event', query.event)],
      ['d.endpoint_id = ?::uuid', query.endpoint && uuidOf('endpoint', query.endpoint)],
      // By the notification, whose recipients are indexed: a delivery to a recipient always has one.
      ['d.id IN (SELECT m.delivery_id FROM notification m WHERE m.workspace_id = $1 AND m.recipient_id = ?)', query.recipient],
      [
        'd.id = ANY(ARRAY(SELECT m.delivery_id FROM notification m WHERE m.workspace_id = $1 AND lower(m.address) = lower(?)))',
        query.address,
      ],
      ['d.id = ANY(?::uuid[])', candidates ?? undefined],
    ],
    looked: [
      ['d.state = ?', query.state],
      ['d.channel = ?', query.channel],
      [
        'EXISTS (SELECT FROM notification m WHERE m.workspace_id = $1 AND m.id = d.notification_id AND m.subject ILIKE ?)',
        query.subject === undefined ? undefined : containsPattern(query.subject),
      ],
      ['EXISTS (SELECT FROM event e WHERE e.workspace_id = $1 AND e.id = d.event_id AND e.type = ?)', query.type],
    ],
    few: candidates !== null || query.recipient !== undefined || query.address !== undefined,
    bounds: idBounds(query),
    page,
  })
  return { rows: await withAttempts(pool, rows), reached }
}

/** Of one event, in the order in which they were made; at most `limit`. */
export async function readDeliveriesOfEvent(pool: Pool, workspaceId: string, eventId: string, limit: number): Promise<DeliveryView[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT ${columns} FROM delivery d WHERE d.workspace_id = $1 AND d.event_id = $2 ORDER BY d.id LIMIT $3`,
    [workspaceId, eventId, limit],
  )
  return withAttempts(pool, rows)
}

/** One with its attempts and its lineage, or null. */
export async function getDelivery(pool: Pool | PoolClient, workspaceId: string, id: string): Promise<DeliveryDetail | null> {
  const { rows } = await pool.query<DeliveryRow>(`SELECT ${columns} FROM delivery d WHERE d.workspace_id = $1 AND d.id = $2`, [
    workspaceId,
    id,
  ])
  const row = rows[0]
  if (!row) return null
  const [delivery] = await withAttempts(pool, [row])
  // All of a lineage are of one event: found by its index.
  const { rows: next } = await pool.query<{ id: string }>(
    'SELECT id FROM delivery WHERE workspace_id = $1 AND event_id = $2 AND previous_id = $3 ORDER BY id',
    [workspaceId, row.eventId, id],
  )
  return { ...delivery!, generation: row.generation, nextIds: next.map((one) => publicId('delivery', one.id)) }
}

async function withAttempts(pool: Pool | PoolClient, rows: DeliveryRow[]): Promise<DeliveryView[]> {
  if (rows.length === 0) return []
  const { rows: attempts } = await pool.query<AttemptRow & { deliveryId: string }>(
    `SELECT a.delivery_id AS "deliveryId", a.number, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.connect_ms AS "connectMs", a.tls_ms AS "tlsMs", a.first_byte_ms AS "firstByteMs", a.outcome, a.status_code AS "statusCode", a.error_code AS "errorCode", a.error
     FROM attempt a WHERE a.delivery_id = ANY($1::uuid[]) ORDER BY a.delivery_id, a.number`,
    [rows.map((row) => row.id)],
  )
  const byDelivery = Map.groupBy(attempts, (attempt) => attempt.deliveryId)
  return rows.map((row) => ({
    id: publicId('delivery', row.id),
    eventId: publicId('event', row.eventId),
    channel: row.channel,
    recipientId: row.recipientId === '' ? null : row.recipientId,
    endpointId: publicIdOrNull('endpoint', row.endpointId),
    notificationId: publicIdOrNull('notification', row.notificationId),
    previousId: publicIdOrNull('delivery', row.previousId),
    state: row.state,
    reason: row.reason,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    attempts: (byDelivery.get(row.id) ?? []).map(attemptView),
  }))
}
