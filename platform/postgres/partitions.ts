// Monthly range partitions of tables keyed by UUIDv7, in the schema "parts". Made ahead; the default partition only
// catches rows of a process whose clock is far off.
import { uuidFloor } from '#shared/ids.ts'
import type { ClientBase, Pool } from 'pg'

const partitioned = ['event', 'attempt']
const monthsAhead = 2
/** Held while a partition is made; any number that nothing else locks. */
const partitionLock = 72_707_371

/** Makes the partitions of this month and the next ones (UTC). Idempotent; safe to run anywhere, any time. */
export async function ensurePartitions(client: ClientBase | Pool, nowMs: number): Promise<void> {
  const now = new Date(nowMs)
  for (const table of partitioned) {
    for (let ahead = 0; ahead <= monthsAhead; ahead++) {
      const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
      const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1))
      const name = `${table}_${from.toISOString().slice(0, 7).replace('-', '_')}`
      const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [`parts.${name}`])
      if (rows[0].there) continue
      // One implicit transaction: IF NOT EXISTS alone still fails for the second of two that come at once.
      await client.query(
        `SELECT pg_advisory_xact_lock(${partitionLock}); CREATE TABLE IF NOT EXISTS "parts"."${name}" PARTITION OF "${table}" FOR VALUES FROM ('${uuidFloor(from.getTime())}') TO ('${uuidFloor(to.getTime())}')`,
      )
    }
  }
}
