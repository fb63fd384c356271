// Events as they are read. Lists are keyset-paged by id, newest first: ids hold the time of acceptance.
import { lookThrough, where, type IdRange, type LookedThrough, type Pool } from '#platform/postgres/index.ts'
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
  const bounds = idBounds(query)
  const candidates = await stateCandidates(pool, workspaceId, query.state)
  /** What an index finds in its order, or by its key. */
  const indexed = (before: string | undefined, from: string | undefined) =>
    where(2)
      .and('e.workspace_id = $1')
      .and('e.id < ?::uuid', before)
      .and('e.id >= ?::uuid', from)
      .and('e.id < ?::uuid', bounds.to)
      .and('e.id IN (SELECT n.event_id FROM notification n WHERE n.workspace_id = $1 AND n.recipient_id = ?)', query.recipient)
      .and('e.id = ANY(?::uuid[])', candidates ?? undefined)
  const rest: [string, unknown][] = [
    ['e.state = ?', query.state],
    ['e.type = ?', query.type],
    ['e.subject = ?', query.subject],
    ['e.source = ?', query.source],
    ['e.audience = ?', query.audience],
  ]
  async function read(range: IdRange, count: number): Promise<EventRow[]> {
    const filter = rest.reduce((all, [condition, value]) => all.and(condition, value), indexed(range.before, range.from ?? bounds.from))
    const { rows } = await pool.query<EventRow>(
      `SELECT ${columns} FROM event e WHERE ${filter.sql} ORDER BY e.id DESC LIMIT $${filter.next}`,
      [workspaceId, ...filter.values, count],
    )
    return rows
  }
  if (candidates || query.recipient !== undefined || rest.every(([, value]) => value === undefined))
    return { rows: (await read({ from: bounds.from, before: page.before }, page.count)).map(summaryOf), reached: null }
  const { rows, reached } = await lookThrough({
    ...page,
    async boundary(before, count) {
      const filter = indexed(before, bounds.from)
      const { rows: at } = await pool.query<{ id: string }>(
        `SELECT e.id FROM event e WHERE ${filter.sql} ORDER BY e.id DESC OFFSET $${filter.next} LIMIT 1`,
        [workspaceId, ...filter.values, count - 1],
      )
      return at[0]?.id
    },
    read,
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
