import type { Pool } from '#platform/postgres/index.ts'

/** Empties the audit, which refuses that to everybody who does not switch its triggers off. */
export async function clearAudit(pool: Pool): Promise<void> {
  await pool.query(
    'SET session_replication_role = replica; TRUNCATE audit_entry, audit_seal, audit_chain; SET session_replication_role = DEFAULT',
  )
}
