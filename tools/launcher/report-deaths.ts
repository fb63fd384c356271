// A process that died cannot say so: its launcher does, and what it had leased is free at once instead of after eight seconds.
import { createPool, type Pool } from '#platform/postgres/index.ts'

export interface DeathReports {
  report(processId: string): void
  close(): Promise<void>
}

const retryPauseMs = 250
const giveUpAfterMs = 60_000

/** Reports ended processes over a connection of its own; tries again while Postgres is away. */
export function createDeathReports(url: string): DeathReports & { pool: Pool } {
  const pool = createPool({ url, max: 2, applicationName: 'signalbox-launcher' })
  let closed = false
  const pending = new Set<Promise<void>>()

  const send = async (processId: string) => {
    const deadline = Date.now() + giveUpAfterMs
    while (!closed && Date.now() < deadline) {
      try {
        await pool.query(
          `WITH ended AS (UPDATE process SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING id)
           SELECT pg_notify('process_ended', id::text) FROM ended`,
          [processId],
        )
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryPauseMs))
      }
    }
  }

  return {
    pool,
    report(processId) {
      const work = send(processId).finally(() => pending.delete(work))
      pending.add(work)
    },
    async close() {
      // What is on its way may finish, what still has to be tried again may not: the next start reports it.
      await Promise.race([Promise.all(pending), new Promise((resolve) => setTimeout(resolve, 1_000))])
      closed = true
      await pool.end()
    },
  }
}
