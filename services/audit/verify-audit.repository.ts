// What the check of the audit reads, in one snapshot.
import type { Pool, PoolClient } from '#platform/postgres/index.ts'
import type { SealedRow } from './verify-audit.rules.ts'

/** One read-only transaction, so that entries that arrive meanwhile change nothing. */
export async function withSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await work(client)
  } finally {
    await client.query('ROLLBACK').catch(() => undefined)
    client.release()
  }
}

/** Every chain that has a head or a seal. */
export async function readChains(
  client: PoolClient,
): Promise<{ chain: string; workspaceKey: string | null; head: { length: number; hash: Buffer } | null }[]> {
  const { rows } = await client.query<{ chain: string; key: string | null; length: number | null; hash: Buffer | null }>(
    `SELECT c.chain, w.key, h.length, h.hash
     FROM (SELECT chain FROM audit_chain UNION SELECT DISTINCT chain FROM audit_seal) c
     LEFT JOIN audit_chain h ON h.chain = c.chain LEFT JOIN workspace w ON w.id = c.chain ORDER BY c.chain`,
  )
  return rows.map(({ chain, key, length, hash }) => ({
    chain,
    workspaceKey: key,
    head: length === null || hash === null ? null : { length, hash },
  }))
}

interface Row {
  position: number
  entry_id: number
  hash: Buffer
  id: number | null
  workspace_id: string | null
  at: Date
  actor_kind: string
  actor_id: string
  actor_name: string
  action: string
  subject_kind: string
  subject_id: string
  reason: string | null
  details: string
}

/** Seals after a position, in order, each with its entry. */
export async function readSeals(client: PoolClient, chain: string, after: number, count: number): Promise<SealedRow[]> {
  const { rows } = await client.query<Row>(
    `SELECT s.position, s.entry_id, s.hash, e.id, e.workspace_id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.action,
            e.subject_kind, e.subject_id, e.reason, e.details::text AS details
     FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
     WHERE s.chain = $1 AND s.position > $2 ORDER BY s.position LIMIT $3`,
    [chain, after, count],
  )
  return rows.map((row) => ({
    position: row.position,
    entryId: row.entry_id,
    hash: row.hash,
    entry:
      row.id === null
        ? null
        : {
            id: row.id,
            workspaceId: row.workspace_id,
            at: row.at,
            actorKind: row.actor_kind,
            actorId: row.actor_id,
            actorName: row.actor_name,
            action: row.action,
            subjectKind: row.subject_kind,
            subjectId: row.subject_id,
            reason: row.reason,
            details: row.details,
          },
  }))
}

/** Ids of entries without a seal, the first few. */
export async function readUnsealed(client: PoolClient): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    'SELECT id FROM audit_entry e WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY id LIMIT 20',
  )
  return rows.map((row) => row.id)
}
