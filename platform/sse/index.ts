// Server-sent events over the raw response. One event at a time: whoever sends waits until the client has taken it, so a slow
// client costs one event of memory and is cut after a while. Every stream ends when the process is asked to stop.
import type { ServerResponse } from 'node:http'

const reconnectAfterMs = 2_000

export interface EventStreamOptions {
  /** The stream ends then, whatever happens: the credential that opened it runs out. */
  until?: Date
  /** Keeps proxies from closing a quiet stream. */
  heartbeatEveryMs?: number
  /** A client that has not taken what was written after this long is cut. */
  takeWithinMs?: number
}

export interface StreamEvent {
  event: string
  /** What a reconnecting client sends back as Last-Event-ID. */
  id?: string | number
  data: unknown
}

export interface EventStream {
  /** Aborted when the stream has ended, for whatever reason. Hand it to whatever feeds the stream. */
  readonly signal: AbortSignal
  /** Sends the head. Until then nothing has been written, so that an error can still be answered as a problem. */
  open(): void
  /** Resolves with true once the client can take more, with false when the stream has ended. */
  send(event: StreamEvent): Promise<boolean>
  /** The same for a frame (`frameOf`) that was made once for many streams. */
  write(frame: string | Uint8Array): Promise<boolean>
  end(): void
}

const ends = new Set<() => void>()

/** Ends every stream of this process: an open one would keep a stopping process waiting. */
export function endEventStreams(): void {
  for (const end of [...ends]) end()
}

/** As one SSE frame. JSON has no line breaks, so one data line is always enough. */
export function frameOf({ event, id, data }: StreamEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}

/** Turns a response into a stream. It ends when the client leaves or is too slow, when `until` has come, or when the process stops. */
export function createEventStream(response: ServerResponse, options: EventStreamOptions = {}): EventStream {
  const { heartbeatEveryMs = 15_000, takeWithinMs = 20_000, until } = options
  const ended = new AbortController()
  const heartbeat = setInterval(() => {
    // Not queued behind an event that the client has not taken yet.
    if (response.headersSent && !response.writableNeedDrain) response.write(': alive\n\n')
  }, heartbeatEveryMs)
  const expiry = until && setTimeout(() => end(), Math.max(0, Math.min(until.getTime() - Date.now(), 2 ** 31 - 1)))
  const end = (): void => {
    if (ended.signal.aborted) return
    clearInterval(heartbeat)
    clearTimeout(expiry)
    ends.delete(end)
    ended.abort()
    if (!response.headersSent) return
    // A polite end would wait for a client that takes nothing.
    if (response.writableNeedDrain) response.destroy()
    else response.end()
  }
  async function write(frame: string | Uint8Array): Promise<boolean> {
    if (ended.signal.aborted) return false
    if (response.write(frame)) return true
    const taken = await drained(response, ended.signal, takeWithinMs)
    if (!taken) end()
    return taken
  }
  response.once('close', end)
  ends.add(end)
  return {
    signal: ended.signal,
    end,
    open() {
      if (ended.signal.aborted) return
      response.socket?.setNoDelay(true)
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        // The socket is of no use to anybody after the stream.
        connection: 'close',
        'x-accel-buffering': 'no',
      })
      response.write(`retry: ${reconnectAfterMs}\n\n`)
    },
    send: (message) => write(frameOf(message)),
    write,
  }
}

function drained(response: ServerResponse, signal: AbortSignal, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (taken: boolean): void => {
      clearTimeout(timer)
      response.off('drain', onDrain)
      signal.removeEventListener('abort', onAbort)
      resolve(taken)
    }
    const onDrain = (): void => settle(true)
    const onAbort = (): void => settle(false)
    const timer = setTimeout(() => settle(false), withinMs)
    response.once('drain', onDrain)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
