import { appendAudit, type AuditRecord } from '#services/audit/index.ts'
import type { PoolClient } from '#platform/postgres/index.ts'

/**
 * An entry in the audit where a person acts, in the transaction of the change. What a program writes about its users by its key is
 * its data, thousands of rows a minute: that leaves none, and so nothing waits for the chain.
 */
export async function appendIfByHand(client: PoolClient, record: AuditRecord): Promise<void> {
  if (record.actor.kind === 'operator') await appendAudit(client, record)
}
