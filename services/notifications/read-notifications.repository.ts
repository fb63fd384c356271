// Notifications as they are read. Lists are keyset-paged by id, newest first.
import { containsPattern, listRows, type LookedThrough, type Pool } from '#platform/postgres/index.ts'
import type { NotificationListQuery } from '#shared/contracts/delivery.ts'
import type { Channel, DeliveryState, NotificationView } from '#shared/contracts/event.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { uuidOf } from '#shared/id-cursor.ts'
import { publicId } from '#shared/ids.ts'
import { stateCandidates } from '../delivery/index.ts'

interface NotificationRow {
  id: string
  eventId: string
  recipientId: string
  workflowKey: string
  channel: Channel
  state: DeliveryState
  deliveryId: string
  address: string | null
  subject: string | null
  sequence: number | null
  readAt: Date | null
  createdAt: Date
}

const columns = `n.id, n.event_id AS "eventId", n.recipient_id AS "recipientId", n.workflow_key AS "workflowKey", n.channel, d.state, n.delivery_id AS "deliveryId",
  n.address, n.subject, n.sequence, n.read_at AS "readAt", n.created_at AS "createdAt"`
const join = 'JOIN delivery d ON d.workspace_id = n.workspace_id AND d.id = n.delivery_id'
const from = `FROM notification n ${join}`

/** Newest first. `before` = the id of the last one of the page before. What no index knows is looked for in a bounded time. */
export async function listNotifications(
  pool: Pool,
  workspaceId: string,
  query: Omit<NotificationListQuery, 'limit' | 'cursor'>,
  page: { before: string | undefined; count: number },
): Promise<LookedThrough<NotificationView>> {
  // Of webhooks there are no notifications.
  const candidates = await stateCandidates(pool, workspaceId, query.state, query.channel ? [query.channel] : ['email', 'in-app'])
  const { rows, reached } = await listRows<NotificationRow>(pool, workspaceId, {
    columns,
    table: 'notification',
    alias: 'n',
    join,
    indexed: [
      ['n.recipient_id = ?', query.recipient],
      ['lower(n.address) = lower(?)', query.address],
      ['n.event_id = ?::uuid', query.event && uuidOf('event', query.event)],
      [
        'n.id = ANY(ARRAY(SELECT x.notification_id FROM delivery x WHERE x.workspace_id = $1 AND x.id = ANY(?::uuid[])))',
        candidates ?? undefined,
      ],
    ],
    looked: [
      ['d.state = ?', query.state],
      ['n.channel = ?', query.channel],
      ['n.subject ILIKE ?', query.subject === undefined ? undefined : containsPattern(query.subject)],
      ['n.workflow_key = ?', query.workflow],
      ['EXISTS (SELECT FROM event e WHERE e.workspace_id = $1 AND e.id = n.event_id AND e.type = ?)', query.type],
    ],
    few: candidates !== null,
    bounds: idBounds(query),
    page,
  })
  return { rows: rows.map(viewOf), reached }
}

/** These, in no order; those whose delivery is in another state than `state` are left out. */
export async function readNotificationsById(
  pool: Pool,
  workspaceId: string,
  ids: readonly string[],
  state?: DeliveryState,
): Promise<NotificationView[]> {
  const { rows } = await pool.query<NotificationRow>(
    `SELECT ${columns} ${from} WHERE n.workspace_id = $1 AND n.id = ANY($2::uuid[]) AND ($3::text IS NULL OR d.state = $3)`,
    [workspaceId, ids, state ?? null],
  )
  return rows.map(viewOf)
}

/** Of one event, in the order in which they were made; at most `limit`. */
export async function readNotificationsOfEvent(
  pool: Pool,
  workspaceId: string,
  eventId: string,
  limit: number,
): Promise<NotificationView[]> {
  const { rows } = await pool.query<NotificationRow>(
    `SELECT ${columns} ${from} WHERE n.workspace_id = $1 AND n.event_id = $2 ORDER BY n.id LIMIT $3`,
    [workspaceId, eventId, limit],
  )
  return rows.map(viewOf)
}

export interface WholeNotification extends NotificationView {
  workflowVersion: number
  stepId: string
  content: Record<string, unknown> | null
  archivedAt: string | null
}

/** One with its content, or null. */
export async function findNotification(pool: Pool, workspaceId: string, id: string): Promise<WholeNotification | null> {
  const { rows } = await pool.query<
    NotificationRow & {
      workflowVersion: number
      stepId: string
      content: string
      archivedAt: Date | null
    }
  >(
    `SELECT ${columns}, n.workflow_version AS "workflowVersion", n.step_id AS "stepId", n.content, n.archived_at AS "archivedAt"
     ${from} WHERE n.workspace_id = $1 AND n.id = $2`,
    [workspaceId, id],
  )
  const row = rows[0]
  if (!row) return null
  return {
    ...viewOf(row),
    workflowVersion: row.workflowVersion,
    stepId: row.stepId,
    content: JSON.parse(row.content) as Record<string, unknown> | null,
    archivedAt: row.archivedAt?.toISOString() ?? null,
  }
}

function viewOf(row: NotificationRow): NotificationView {
  return {
    id: publicId('notification', row.id),
    eventId: publicId('event', row.eventId),
    recipientId: row.recipientId,
    workflowKey: row.workflowKey,
    channel: row.channel,
    state: row.state,
    deliveryId: publicId('delivery', row.deliveryId),
    address: row.address,
    subject: row.subject,
    sequence: row.sequence,
    readAt: row.readAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  }
}
