// The most that Postgres takes of the same event rows: one prepared INSERT ... unnest of 1,000 after the other on two connections, nothing else.
// insert-rows.ts URL SECONDS; the table `event` of a database of its own.
import { createPool } from '#platform/postgres/index.ts'
import { newUuid } from '#shared/ids.ts'

const [url, seconds] = process.argv.slice(2) as [string, string]
const rowsPerInsert = 1_000
const connections = 2
const pool = createPool({ url, max: connections, applicationName: 'bench' })
const workspaceId = newUuid()
const data = JSON.stringify({ filler: 'x'.repeat(480) })
const text = `INSERT INTO event (workspace_id, id, type, state, accepted_at, recipients, data)
  SELECT $1::uuid, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])`

let rows = 0
const startedAt = performance.now()
const endAt = startedAt + Number(seconds) * 1_000
async function insert(): Promise<void> {
  while (performance.now() < endAt) {
    const at = new Date().toISOString()
    const same = <T>(value: T): T[] => Array.from({ length: rowsPerInsert }, () => value)
    const ids = Array.from({ length: rowsPerInsert }, () => newUuid())
    await pool.query({ name: 'limit', text, values: [workspaceId, ids, same('bench'), same('accepted'), same(at), same('[]'), same(data)] })
    rows += rowsPerInsert
  }
}
await Promise.all(Array.from({ length: connections }, () => insert()))
const elapsedSeconds = (performance.now() - startedAt) / 1_000
await pool.end()
process.send!({ perSecond: rows / elapsedSeconds })
process.disconnect()
