// Deliveries in a rare state, found without reading the others. No index of `delivery` may name its state, which every transition
// changes (HOT); but what is not done has its outbox row, what is dead its letter, what may have been sent a row of its own.
import type { Pool } from '#platform/postgres/index.ts'
import type { Channel, DeliveryState } from '#shared/contracts/event.ts'

/** As many as a list looks up by key; with more of them, the newest rows soon have a page full. */
const candidatesMax = 2_000
/** Discarded letters that are looked at: with more, there is no saying without reading them all. */
const discardedMax = 10_000

const lanes = (queue: string): string => `SELECT '${queue}'::text AS queue, $1::uuid AS lane`
const endpointLanes = `SELECT 'delivery-webhook'::text AS queue, e.id AS lane FROM endpoint e WHERE e.workspace_id = $1`

/** Each part by an index of the outbox. $2 limit. */
function ofOutbox(webhooks: boolean, held: boolean): string {
  const lane = [lanes('delivery-email'), lanes('delivery-in-app'), ...(webhooks ? [endpointLanes] : [])].join(' UNION ALL ')
  const parts = [
    `NOT o.leased AND NOT o.suspect${held ? " AND o.due_at = 'infinity'" : ''}`,
    ...(held ? [] : ['NOT o.leased AND o.suspect', 'o.leased']),
  ]
  const each = parts.map((part) => `(SELECT o.id FROM outbox o WHERE o.queue = l.queue AND o.lane = l.lane AND ${part} LIMIT $2)`)
  return `SELECT o.id FROM (${lane}) l CROSS JOIN LATERAL (${each.join(' UNION ALL ')}) o LIMIT $2`
}

/** A cause is of one channel. $2 limit, $3 channels or NULL. */
const ofOpenLetters = `SELECT l.delivery_id AS id FROM cause c CROSS JOIN LATERAL
  (SELECT l.delivery_id FROM dead_letter l WHERE l.workspace_id = $1 AND l.cause_id = c.id AND l.state = 'open' LIMIT $2) l
  WHERE c.workspace_id = $1 AND ($3::text[] IS NULL OR c.channels && $3) AND l.delivery_id IS NOT NULL LIMIT $2`
const ofDiscardedLetters = `SELECT l.delivery_id AS id, l.channel FROM dead_letter l
  WHERE l.workspace_id = $1 AND l.state <> 'open' AND l.state = 'discarded' ORDER BY l.id DESC LIMIT $2`

/**
 * The ids of all deliveries that may be in this state: the caller looks at the state itself. Null when there are too many of them, or nothing knows them.
 * @param channels only these; undefined = all
 */
export async function stateCandidates(
  pool: Pool,
  workspaceId: string,
  state: DeliveryState | undefined,
  channels?: readonly Channel[],
): Promise<string[] | null> {
  const most = candidatesMax + 1
  const few = (rows: { id: string }[]): string[] | null => (rows.length < most ? rows.map((row) => row.id) : null)
  switch (state) {
    case 'pending':
    case 'sending':
    case 'retrying':
    case 'held': {
      const text = ofOutbox(channels === undefined || channels.includes('webhook'), state === 'held')
      return few((await pool.query<{ id: string }>(text, [workspaceId, most])).rows)
    }
    case 'dead': {
      const open = few((await pool.query<{ id: string }>(ofOpenLetters, [workspaceId, most, channels ?? null])).rows)
      if (!open) return null
      const { rows } = await pool.query<{ id: string; channel: Channel }>(ofDiscardedLetters, [workspaceId, discardedMax])
      if (rows.length === discardedMax) return null
      const discarded = rows.filter((row) => row.id !== null && (channels?.includes(row.channel) ?? true))
      return discarded.length < most ? [...open, ...discarded.map((row) => row.id)] : null
    }
    case 'maybe-sent':
      return few(
        (await pool.query<{ id: string }>('SELECT delivery_id AS id FROM maybe_sent WHERE workspace_id = $1 LIMIT $2', [workspaceId, most]))
          .rows,
      )
    default:
      return null
  }
}
