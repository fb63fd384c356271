// Events as they are read. Lists are keyset-paged by id, newest first: ids hold the time of acceptance.
import { listRows, type LookedThrough, type Pool } from '#platform/postgres/index.ts'
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

/** As many as a list looks up by key. */
const candidatesMax = 2_000

/** Events that may be in a rare state: by their outbox rows, or by their letters. Null when there are too many, or nothing knows them. */
async function stateCandidates(pool: Pool, workspaceId: string, state: EventState | undefined): Promise<string[] | null> {
  const sources: Partial<Record<EventState, string>> = {
    ...Object.fromEntries(
      ['scheduled', 'accepted'].map((one) => [
        one,
        ['NOT o.leased AND NOT o.suspect', 'NOT o.leased AND o.suspect', 'o.leased']
          .map((part) => `(SELECT o.id FROM outbox o WHERE o.queue = 'fan-out' AND o.lane = $1 AND ${part} LIMIT $2)`)
          .join(' UNION ALL '),
      ]),
    ),
    dead: 'SELECT l.event_id AS id FROM dead_letter l WHERE l.workspace_id = $1 AND l.delivery_id IS NULL',
  }
  const source = state && sources[state]
  if (!source) return null
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM (${source}) x LIMIT $2`, [workspaceId, candidatesMax + 1])
  return rows.length > candidatesMax ? null : rows.map((row) => row.id)
}

/** Newest first. `before` = the id of the last one of the page before. What no index knows is looked for in a bounded time. */
export async function listEvents(
  pool: Pool,
  workspaceId: string,
  query: Omit<EventListQuery, 'limit' | 'cursor'>,
  page: { before: string | undefined; count: number },
): Promise<LookedThrough<EventSummary>> {
  const candidates = await stateCandidates(pool, workspaceId, query.state)
  const { rows, reached } = await listRows<EventRow>(pool, workspaceId, {
    columns,
    table: 'event',
    alias: 'e',
    indexed: [
      ['e.id IN (SELECT n.event_id FROM notification n WHERE n.workspace_id = $1 AND n.recipient_id = ?)', query.recipient],
      ['e.id = ANY(?::uuid[])', candidates ?? undefined],
    ],
    looked: [
      ['e.state = ?', query.state],
      ['e.type = ?', query.type],
      ['e.subject = ?', query.subject],
      ['e.source = ?', query.source],
      ['e.audience = ?', query.audience],
    ],
    few: candidates !== null || query.recipient !== undefined,
    bounds: idBounds(query),
    page,
  })
  return { rows: rows.map(summaryOf), reached }
}

export interface EventContent extends EventSummary {
  recipients: unknown[]
  data: Record<string, unknown>
  attachments: string[]
}

/** One with what was sent in, or null. */
export async function findEvent(pool: Pool, workspaceId: string, id: string): Promise<EventContent | null> {
  const { rows } = await pool.query<EventRow & { recipients: string; data: string; attachments: string | null }>(
    `SELECT ${columns}, e.recipients, e.data, e.attachments FROM event e WHERE e.workspace_id = $1 AND e.id = $2`,
    [workspaceId, id],
  )
  const row = rows[0]
  if (!row) return null
  return {
    ...summaryOf(row),
    recipients: JSON.parse(row.recipients) as unknown[],
    data: JSON.parse(row.data) as Record<string, unknown>,
    attachments: row.attachments === null ? [] : (JSON.parse(row.attachments) as string[]),
  }
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
