// Events as they are read. Lists are keyset-paged by id, newest first: ids hold the time of acceptance.
import { where, type Pool } from '#platform/postgres/index.ts'
import { priorities, type EventState, type EventSummary } from '#shared/contracts/event.ts'
import type { EventListQuery } from '#shared/contracts/event-reading.ts'
import { idBounds } from '#shared/contracts/list-filters.ts'
import { publicId } from '#shared/ids.ts'

interface EventRow {
  id: string
  type: string
  state: EventState
  reason: string | null
  acceptedAt: Date
  completedAt: Date | null
  scheduledAt: Date | null
  expiresAt: Date | null
  source: string | null
  subject: string | null
  audience: string | null
  priority: number
}

const columns = `e.id, e.type, e.state, e.reason, e.accepted_at AS "acceptedAt", e.completed_at AS "completedAt", e.scheduled_at AS "scheduledAt",
  e.expires_at AS "expiresAt", e.source, e.subject, e.audience, e.priority`

/** Where rare states are found without reading everything: by the outbox row, or by the letter. Implied by the state. */
function stateHint(state: EventState | undefined): [string, ...undefined[]] {
  switch (state) {
    case 'scheduled':
    case 'accepted':
      return ["e.id IN (SELECT o.id FROM outbox o WHERE o.workspace_id = $1 AND o.kind = 'fan-out')"]
    case 'dead':
      return ['e.id IN (SELECT l.event_id FROM dead_letter l WHERE l.workspace_id = $1 AND l.delivery_id IS NULL)']
    default:
      return ['', undefined]
  }
}

/** Newest first. `before` = the id of the last one of the page before. */
export async function listEvents(
  pool: Pool,
  workspaceId: string,
  query: Omit<EventListQuery, 'limit' | 'cursor'>,
  page: { before: string | undefined; count: number },
): Promise<EventSummary[]> {
  const bounds = idBounds(query)
  const filter = where(2)
    .and('e.workspace_id = $1')
    .and('e.id < ?::uuid', page.before)
    .and('e.id >= ?::uuid', bounds.from)
    .and('e.id < ?::uuid', bounds.to)
    .and('e.state = ?', query.state)
    .and(...stateHint(query.state))
    .and('e.type = ?', query.type)
    .and('e.subject = ?', query.subject)
    .and('e.source = ?', query.source)
    .and('e.audience = ?', query.audience)
    .and('e.id IN (SELECT n.event_id FROM notification n WHERE n.workspace_id = $1 AND n.recipient_id = ?)', query.recipient)
  const { rows } = await pool.query<EventRow>(
    `SELECT ${columns} FROM event e WHERE ${filter.sql} ORDER BY e.id DESC LIMIT $${filter.next}`,
    [workspaceId, ...filter.values, page.count],
  )
  return rows.map(summaryOf)
}

export interface EventContent extends EventSummary {
  recipients: unknown[]
  data: Record<string, unknown>
}

/** One with what was sent in, or null. */
export async function findEvent(pool: Pool, workspaceId: string, id: string): Promise<EventContent | null> {
  const { rows } = await pool.query<EventRow & { recipients: string; data: string }>(
    `SELECT ${columns}, e.recipients, e.data FROM event e WHERE e.workspace_id = $1 AND e.id = $2`,
    [workspaceId, id],
  )
  const row = rows[0]
  if (!row) return null
  return { ...summaryOf(row), recipients: JSON.parse(row.recipients) as unknown[], data: JSON.parse(row.data) as Record<string, unknown> }
}

const priorityNames = Object.fromEntries(Object.entries(priorities).map(([name, value]) => [value, name as keyof typeof priorities]))

function summaryOf(row: EventRow): EventSummary {
  return {
    id: publicId('event', row.id),
    type: row.type,
    state: row.state,
    reason: row.reason,
    acceptedAt: row.acceptedAt.toISOString(),
    completedAt: row.completedAt?.toISOString() ?? null,
    scheduledAt: row.scheduledAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    source: row.source,
    subject: row.subject,
    audience: row.audience,
    priority: priorityNames[row.priority] ?? 'normal',
  }
}
