// What operators allow a queue to hand over: nothing (paused), so much per second, so much of one lane at a time.
import type { PoolClient } from '#platform/postgres/index.ts'
import type { QueueName } from '#shared/jobs/queues.ts'

export interface QueueLimit {
  paused: boolean
  ratePerSecond: number | null
  /** Rows that may be handed over now by that rate; fractions are kept for the next turn. */
  tokens: number
  /** Rows at the same time, by lane. */
  lanes: Map<string, number>
}

/** Queues that operators have touched. A bucket holds one second's worth, and one row at least. */
export async function readQueueLimits(client: PoolClient): Promise<Map<QueueName, QueueLimit>> {
  const { rows } = await client.query<{
    name: QueueName
    paused: boolean
    ratePerSecond: number | null
    tokens: number | null
    lanes: Record<string, number> | null
  }>({
    name: 'queue-limits',
    text: `SELECT s.name, s.paused_at IS NOT NULL AS paused, s.rate_per_second AS "ratePerSecond",
        least(greatest(1, s.rate_per_second), coalesce(s.rate_tokens, 0) + s.rate_per_second * extract(epoch FROM clock_timestamp() - coalesce(s.rate_at, now()))::float8) AS tokens,
        (SELECT json_object_agg(l.lane, l.rows) FROM lane_limit l WHERE l.queue = s.name) AS lanes
      FROM queue_setting s`,
  })
  return new Map(
    rows.map((row) => [
      row.name,
      { paused: row.paused, ratePerSecond: row.ratePerSecond, tokens: row.tokens ?? 0, lanes: new Map(Object.entries(row.lanes ?? {})) },
    ]),
  )
}

/** What is left in the bucket, in the transaction that claimed. */
export async function spendTokens(client: PoolClient, queue: QueueName, left: number): Promise<void> {
  await client.query({
    name: 'queue-spend-tokens',
    text: 'UPDATE queue_setting SET rate_tokens = $2, rate_at = clock_timestamp() WHERE name = $1',
    values: [queue, left],
  })
}
