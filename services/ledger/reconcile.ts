// The reconciler counts everything again from the rows, holds it against the counters, and looks for rows that nobody
// works on. Both are read in one snapshot, so that traffic makes no difference.
import type { Pool } from '#platform/postgres/index.ts'
import {
  counters,
  countRows,
  findBroken,
  invariantQueries,
  readCounts,
  storeReconciliation,
  type ReconciliationReport,
} from './ledger.repository.ts'

/** Runs the reconciliation and stores its report. `differences` of 0 means that rows, counters and invariants agree. */
export async function reconcile(pool: Pool): Promise<ReconciliationReport & { total: number }> {
  const startedAt = performance.now()
  const client = await pool.connect()
  const report: ReconciliationReport = { differences: [], broken: [] }
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    for (const rows of await countRows(client)) {
      const counted = await readCounts(client, rows.workspaceId, { from: null, to: null })
      for (const counter of counters) {
        if (Number(counted[counter]) !== Number(rows[counter]))
          report.differences.push({
            workspaceId: rows.workspaceId,
            counter,
            counted: Number(counted[counter]),
            rows: Number(rows[counter]),
          })
      }
    }
    for (const query of invariantQueries) report.broken.push(...(await findBroken(client, query)))
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  } finally {
    client.release()
  }
  const total = report.differences.length + report.broken.reduce((sum, entry) => sum + entry.count, 0)
  await storeReconciliation(pool, Math.round(performance.now() - startedAt), total, report)
  return { ...report, total }
}
