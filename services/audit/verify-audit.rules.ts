// The chain as arithmetic, said a second time: the trigger in Postgres seals, this checks, and both must agree on every byte.
import { createHash } from 'node:crypto'

/** The chain of entries that belong to no workspace. */
export const instanceChain = '00000000-0000-0000-0000-000000000000'

/** What a chain begins with. */
export const firstHash: Buffer = Buffer.alloc(32)

export interface SealedContent {
  position: number
  id: number
  workspaceId: string | null
  at: Date
  actorKind: string
  actorId: string
  actorName: string
  action: string
  subjectKind: string
  subjectId: string
  reason: string | null
  /** As Postgres writes jsonb. */
  details: string
}

/** SHA-256 of the seal before and the content: fields as `length:value` in UTF-8 bytes, NULL as `-`, so that none can flow into the next. */
export function sealOf(before: Buffer, entry: SealedContent): Buffer {
  const fields = [
    String(entry.position),
    String(entry.id),
    entry.workspaceId,
    entry.at.toISOString(),
    entry.actorKind,
    entry.actorId,
    entry.actorName,
    entry.action,
    entry.subjectKind,
    entry.subjectId,
    entry.reason,
    entry.details,
  ]
  const text = fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`)).join('')
  return createHash('sha256').update(before).update(text, 'utf8').digest()
}

/** A seal with its entry; null fields when the entry is gone. */
export interface SealedRow {
  position: number
  entryId: number
  hash: Buffer
  entry: Omit<SealedContent, 'position'> | null
}

export interface Break {
  chain: string
  position: number
  /** null when nothing is left to name it by. */
  entryId: number | null
  what: 'changed' | 'removed' | 'moved'
  sentence: string
}

/** Follows one chain from its beginning. `take` answers the first break, or null to go on. */
export function followChain(chain: string) {
  let hash = firstHash
  let length = 0
  return {
    take(row: SealedRow): Break | null {
      const found = (what: Break['what'], position: number, entryId: number | null, sentence: string): Break => ({
        chain,
        position,
        entryId,
        what,
        sentence,
      })
      const position = length + 1
      if (row.position !== position) return found('removed', position, null, `entry number ${position} and its seal were removed`)
      if (!row.entry) return found('removed', position, row.entryId, `entry ${row.entryId} was removed`)
      if ((row.entry.workspaceId ?? instanceChain) !== chain)
        return found('moved', position, row.entryId, `entry ${row.entryId} was moved to another workspace`)
      const expected = sealOf(hash, { ...row.entry, position })
      if (!expected.equals(row.hash))
        return found(
          'changed',
          position,
          row.entryId,
          `entry ${row.entryId} is not what was sealed: it, its place, or its seal was changed`,
        )
      hash = row.hash
      length = position
      return null
    },
    /** After the last row: compares with the head that was kept beside the chain. */
    end(head: { length: number; hash: Buffer } | null): Break | null {
      if (head && head.length === length && head.hash.equals(hash)) return null
      const position = length + 1
      const sentence =
        head && head.length > length
          ? `the last ${head.length - length} entries were removed, from number ${position} on`
          : 'the head of the chain was changed or removed'
      return { chain, position, entryId: null, what: head && head.length > length ? 'removed' : 'changed', sentence }
    },
    get head() {
      return { length, hash }
    },
  }
}
