// LISTEN on a connection of its own that comes back by itself. A notification is a hint: who misses one polls anyway.
import pg from 'pg'

export interface Listener {
  close(): Promise<void>
}

/** Calls `onNotify(channel, payload)` for each notification, and `onConnect` after every (re)connection. */
export function listen(options: {
  url: string
  channels: string[]
  applicationName: string
  onNotify: (channel: string, payload: string) => void
  onConnect?: () => void
}): Listener {
  let client: pg.Client | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: options.url, application_name: options.applicationName, keepAlive: true })
    next.on('notification', (message) => options.onNotify(message.channel, message.payload ?? ''))
    next.on('error', () => {})
    next.on('end', () => {
      if (client === next) client = undefined
      again()
    })
    try {
      await next.connect()
      for (const channel of options.channels) await next.query(`LISTEN "${channel}"`)
      if (closed) {
        await next.end()
        return
      }
      client = next
      options.onConnect?.()
    } catch {
      await next.end().catch(() => {})
      again()
    }
  }

  function again(): void {
    if (closed || timer) return
    timer = setTimeout(() => {
      timer = undefined
      void connect()
    }, 500)
  }

  void connect()
  return {
    async close() {
      closed = true
      if (timer) clearTimeout(timer)
      await client?.end().catch(() => {})
    },
  }
}
