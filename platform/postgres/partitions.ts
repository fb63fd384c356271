// Partitions, in the schema "parts", made ahead. Monthly ranges of tables keyed by UUIDv7, whose default partition only catches rows of
// a process whose clock is far off; and ranges of days for samples, which are dropped whole when they are old.
import { uuidFloor } from '#shared/ids.ts'
import type { ClientBase, Pool } from 'pg'

const partitioned = ['event', 'attempt']
const monthsAhead = 2
/** An event and an attempt are written again within moments: with room on the page that needs no new index entries (HOT). */
const fillPercent = 60
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
      await makePartition(
        client,
        table,
        name,
        `('${uuidFloor(from.getTime())}') TO ('${uuidFloor(to.getTime())}') WITH (fillfactor = ${fillPercent})`,
      )
    }
  }
  await ensureSamplePartitions(client, nowMs)
}

async function makePartition(client: ClientBase | Pool, table: string, name: string, bounds: string): Promise<void> {
  // One implicit transaction: IF NOT EXISTS alone still fails for the second of two that come at once.
  await client.query(
    `SELECT pg_advisory_xact_lock(${partitionLock}); CREATE TABLE IF NOT EXISTS "parts"."${name}" PARTITION OF "${table}" FOR VALUES FROM ${bounds}`,
  )
}

const dayMs = 86_400_000

/** Samples by their resolution in seconds: how many days one partition holds, and for how many they are kept. */
export const sampleAges = [
  { resolution: 10, partDays: 1, keptDays: 7 },
  { resolution: 60, partDays: 5, keptDays: 30 },
  { resolution: 3_600, partDays: 15, keptDays: 90 },
] as const

/** Partitions of `metric_sample` for now and the one after; the days of each begin at a multiple of its length since 1970. */
async function ensureSamplePartitions(client: ClientBase | Pool, nowMs: number): Promise<void> {
  for (const { resolution, partDays } of sampleAges) {
    for (const ahead of [0, 1]) {
      const fromMs = (Math.floor(nowMs / dayMs / partDays) + ahead) * partDays * dayMs
      const [from, to] = [fromMs, fromMs + partDays * dayMs].map((ms) => new Date(ms).toISOString()) as [string, string]
      const name = `metric_sample_${resolution}_${from.slice(0, 10).replaceAll('-', '_')}`
      const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [`parts.${name}`])
      if (!rows[0].there) await makePartition(client, 'metric_sample', name, `(${resolution}, '${from}') TO (${resolution}, '${to}')`)
    }
  }
}

/** Drops partitions of samples whose last moment is older than they are kept. Returns their names. */
export async function dropOldSamplePartitions(client: ClientBase | Pool, nowMs: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'metric_sample'::regclass`,
  )
  const old = rows.filter(({ name }) => {
    const [, resolution, day] = /^metric_sample_(\d+)_(\d{4}_\d\d_\d\d)$/.exec(name) ?? []
    const age = sampleAges.find((each) => each.resolution === Number(resolution))
    return age !== undefined && Date.parse(day!.replaceAll('_', '-')) + (age.partDays + age.keptDays) * dayMs <= nowMs
  })
  for (const { name } of old) await client.query(`DROP TABLE IF EXISTS "parts"."${name}"`)
  return old.map(({ name }) => name)
}
