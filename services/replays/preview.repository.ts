// What a replay of a filter would touch now.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { LetterFilter } from '#shared/contracts/dead-letter.ts'
import { uuidFloor } from '#shared/ids.ts'
import { letterConditions, letterFilterSql } from '../dead-letters/index.ts'

const open = "l.workspace_id = $1 AND l.state = 'open'"

export interface PreviewRows {
  total: number
  claimed: number
  causes: { causeId: string; title: string; count: number }[]
  channels: { channel: string | null; count: number }[]
  oldestAt: Date | null
  newestAt: Date | null
  maybeSent: number
  sentOtherwise: number
  repeats: number
  stale: number
  expired: number
}

/** @param staleBeforeMs events accepted before are stale. */
export async function previewLetters(
  client: Pool | PoolClient,
  workspaceId: string,
  filter: LetterFilter,
  staleBeforeMs: number,
): Promise<PreviewRows> {
  const { sql, values } = letterFilterSql(filter, 3)
  const { rows } = await client.query(
    `WITH matching AS MATERIALIZED (
       SELECT l.cause_id, l.channel, l.created_at, l.replay_id IS NULL AS free, l.event_id < $2::uuid AS stale, l.reached = 'maybe' AS maybe,
         ${letterConditions.sentOtherwise} AS otherwise, ${letterConditions.hasExpired} AS expired
       FROM dead_letter l WHERE ${open}${sql ? ` AND ${sql}` : ''}
     ), chosen AS (SELECT * FROM matching WHERE free)
     SELECT count(*)::int AS total, (SELECT count(*)::int FROM matching WHERE NOT free) AS claimed, min(created_at) AS "oldestAt", max(created_at) AS "newestAt",
       count(*) FILTER (WHERE maybe)::int AS "maybeSent", count(*) FILTER (WHERE otherwise)::int AS "sentOtherwise", count(*) FILTER (WHERE maybe OR otherwise)::int AS repeats,
       count(*) FILTER (WHERE stale)::int AS stale, count(*) FILTER (WHERE expired)::int AS expired,
       (SELECT coalesce(json_agg(json_build_object('causeId', x.cause_id, 'title', c.title, 'count', x.count) ORDER BY x.count DESC), '[]')
          FROM (SELECT cause_id, count(*)::int AS count FROM chosen GROUP BY 1) x JOIN cause c ON c.id = x.cause_id) AS causes,
       (SELECT coalesce(json_agg(json_build_object('channel', channel, 'count', count)), '[]') FROM (SELECT channel, count(*)::int AS count FROM chosen GROUP BY 1) y) AS channels
     FROM chosen`,
    [workspaceId, uuidFloor(staleBeforeMs), ...values],
  )
  return rows[0]
}

/** Open letters that match and that no replay has claimed. */
export async function countReplayable(client: PoolClient, workspaceId: string, filter: LetterFilter): Promise<number> {
  const { sql, values } = letterFilterSql(filter, 2)
  const { rows } = await client.query(
    `SELECT count(*)::int AS n FROM dead_letter l WHERE ${open} AND l.replay_id IS NULL${sql ? ` AND ${sql}` : ''}`,
    [workspaceId, ...values],
  )
  return rows[0].n
}
