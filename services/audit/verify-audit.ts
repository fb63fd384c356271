// Walks every chain of the audit in one snapshot and names the first thing that is not as it was written.
import type { Pool } from '#platform/postgres/index.ts'
import { readChains, readSeals, readUnsealed, withSnapshot } from './verify-audit.repository.ts'
import { followChain, type Break } from './verify-audit.rules.ts'

export interface ChainReport {
  chain: string
  /** Key of the workspace; null for the instance's own chain, and for a workspace that is gone. */
  workspaceKey: string | null
  length: number
  /** Hex. Note it elsewhere: as long as it is found again at this position, nothing up to here was rewritten. */
  head: string
  broken: Break | null
}

export interface AuditReport {
  entries: number
  chains: ChainReport[]
  /** Entries that were put in past the chain: their ids, the first ones. */
  unsealed: number[]
  broken: Break | null
}

const pageSize = 5_000

/** Reads everything once; nothing is changed. */
export async function verifyAudit(pool: Pool): Promise<AuditReport> {
  return withSnapshot(pool, async (client) => {
    const chains: ChainReport[] = []
    for (const { chain, workspaceKey, head } of await readChains(client)) {
      const walk = followChain(chain)
      let broken: Break | null = null
      for (let after = 0; !broken;) {
        const rows = await readSeals(client, chain, after, pageSize)
        for (const row of rows) if ((broken = walk.take(row))) break
        if (rows.length < pageSize) break
        after = rows.at(-1)!.position
      }
      broken ??= walk.end(head)
      chains.push({ chain, workspaceKey, length: walk.head.length, head: walk.head.hash.toString('hex'), broken })
    }
    const unsealed = await readUnsealed(client)
    const first = chains.find((report) => report.broken)?.broken ?? null
    return { entries: chains.reduce((sum, { length }) => sum + length, 0), chains, unsealed, broken: first }
  })
}

/** True when a head that was noted earlier (`chain:length:hex`) is still part of its chain. */
export async function holdsHead(pool: Pool, chain: string, length: number, hash: string): Promise<boolean> {
  return withSnapshot(pool, async (client) => {
    const [row] = await readSeals(client, chain, length - 1, 1)
    return row?.position === length && row.hash.toString('hex') === hash
  })
}
