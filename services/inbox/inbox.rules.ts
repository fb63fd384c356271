// Pure: what a stream does with what it hears, and how that is written on the wire between processes.

/** Further behind than this, a client reads the list again instead of being sent every item. */
export const resyncAfter = 500

/** One channel per recipient, so that a process hears only about the streams it holds. */
export function inboxChannel(workspaceId: string, recipientId: string): string {
  return `inbox:${workspaceId}:${recipientId}`
}

/** What is said on the channel. Only a hint: everything that matters is read from Postgres. */
export type InboxHint = { kind: 'item'; sequence: number } | { kind: 'update'; id: string } | { kind: 'read-all'; throughSequence: number }

export function encodeHint(hint: InboxHint): string {
  if (hint.kind === 'item') return String(hint.sequence)
  return hint.kind === 'update' ? `update ${hint.id}` : `read-all ${hint.throughSequence}`
}

/** Null for what another version may say: the stream then only looks whether something is new. */
export function decodeHint(text: string): InboxHint | null {
  const [, word, rest] = /^(?:(update|read-all) )?(\S+)$/.exec(text) ?? []
  if (rest === undefined) return null
  if (word === 'update') return { kind: 'update', id: rest }
  if (!/^\d{1,15}$/.test(rest)) return null
  return word === 'read-all' ? { kind: 'read-all', throughSequence: Number(rest) } : { kind: 'item', sequence: Number(rest) }
}

/** Where a stream begins. A client that is ahead of us was written to by a database that was since restored from a backup. */
export function startOf(after: number | null, latestSequence: number): { cursor: number; say: 'ready' | 'resync' | null } {
  if (after === null) return { cursor: latestSequence, say: 'ready' }
  if (after > latestSequence || latestSequence - after > resyncAfter) return { cursor: latestSequence, say: 'resync' }
  return { cursor: after, say: null }
}
