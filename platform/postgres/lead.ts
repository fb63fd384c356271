// Leadership by a session's advisory lock: whoever holds it leads, Postgres gives it to the next one as soon as the holder's
// connection ends. A leader that is frozen loses its session after a while, so that it cannot hold on.
import pg from 'pg'

export interface Leadership {
  /**
   * True while this process leads: the session that holds the lock answered just now. Otherwise it was tried for. Never throws.
   * A leader must ask again within `idleSessionMs`.
   */
  lead(): Promise<boolean>
  close(): Promise<void>
}

const idleSessionMs = 5_000

export function seekLeadership(options: { url: string; lock: number; applicationName: string }): Leadership {
  let client: pg.Client | undefined
  let leading = false
  let closed = false

  async function connected(): Promise<pg.Client> {
    if (client) return client
    const next = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
      keepAlive: true,
      options: `-c idle_session_timeout=${idleSessionMs}`,
    })
    const gone = (): void => {
      if (client !== next) return
      client = undefined
      leading = false
    }
    next.on('error', gone)
    next.on('end', gone)
    await next.connect()
    return (client = next)
  }

  return {
    async lead() {
      if (closed) return false
      try {
        const session = await connected()
        if (leading) await session.query('SELECT 1')
        else {
          const { rows } = await session.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [options.lock])
          leading = rows[0]!.mine
        }
        return leading && client === session
      } catch {
        const broken = client
        client = undefined
        leading = false
        await broken?.end().catch(() => {})
        return false
      }
    },
    async close() {
      closed = true
      leading = false
      const last = client
      client = undefined
      await last?.end().catch(() => {})
    },
  }
}
