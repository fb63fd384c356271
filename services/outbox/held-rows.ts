// The rows this process has started and not finished. A row whose lease says "mine" but that nobody here works on (an
// exception in an unlucky place, an answer lost on the wire, a give-back while the database was away) is freed by `reclaim`:
// without it such a row would stay leased for as long as this process lives.
import type { Pool } from '#platform/postgres/index.ts'
import { wakeRelay } from './outbox.repository.ts'

export interface HeldRows {
  add(ids: Iterable<string>): void
  release(ids: Iterable<string>): void
  has(id: string): boolean
  readonly size: number
  /** Frees rows leased by this process that nobody here has held for two calls in a row. Returns how many. */
  reclaim(pool: Pool): Promise<number>
}

export function createHeldRows(owner: string): HeldRows {
  // Counted, because a row may be given back and started again before the first holder lets go.
  const counts = new Map<string, number>()
  let strays = new Set<string>()

  return {
    add(ids) {
      for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
    },
    release(ids) {
      for (const id of ids) {
        const count = counts.get(id)
        if (count === undefined) continue
        if (count <= 1) counts.delete(id)
        else counts.set(id, count - 1)
      }
    },
    has: (id) => counts.has(id),
    get size() {
      return counts.size
    },
    async reclaim(pool) {
      const { rows } = await pool.query({
        name: 'outbox-mine',
        text: 'SELECT id FROM outbox WHERE leased AND lease_owner = $1::uuid',
        values: [owner],
      })
      const notHeld = rows.map((row) => row.id as string).filter((id) => !counts.has(id))
      const twice = notHeld.filter((id) => strays.has(id))
      strays = new Set(notHeld)
      if (twice.length === 0) return 0
      const result = await pool.query(
        'UPDATE outbox SET leased = false, lease_until = NULL, lease_owner = NULL, suspect = starts >= 2 WHERE id = ANY($1::uuid[]) AND leased AND lease_owner = $2::uuid',
        [twice, owner],
      )
      await wakeRelay(pool)
      return result.rowCount ?? 0
    },
  }
}
