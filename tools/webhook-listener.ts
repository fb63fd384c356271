// A webhook receiver for trying things out: says what came, whether its signature holds, and how often it came.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface ListenerOptions {
  /** 0 = a free one. */
  port: number
  host?: string
  /** whsec_...; without it signatures are not looked at. */
  secret?: string | undefined
  /** Share of arrivals that are answered 500, 0 to 1. */
  failShare?: number
  /** Before each answer. */
  slowMs?: number
  random?: () => number
  print(line: string): void
}

export interface Listener {
  url: string
  port: number
  arrivals: { total: number; ok: number; failed: number; repeats: number }
  stop(): Promise<void>
}

const maxBodyBytes = 6 * 1024 * 1024
const maxRememberedIds = 100_000

/** Starts it. Rejects when the port is taken. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const random = options.random ?? Math.random
  const verifier = options.secret === undefined ? undefined : new Webhook(options.secret)
  const seen = new Map<string, number>()
  let stopping = false
  const arrivals = { total: 0, ok: 0, failed: 0, repeats: 0 }

  function judge(body: string, headers: IncomingHttpHeaders): { status: number; signature: string } {
    let signature = 'not checked'
    try {
      verifier?.verify(body, headers as Record<string, string>)
      if (verifier) signature = 'ok'
    } catch (error) {
      return { status: 401, signature: `BAD (${(error as Error).message})` }
    }
    return { status: random() < (options.failShare ?? 0) ? 500 : 200, signature }
  }

  function remember(id: string): number {
    const times = (seen.get(id) ?? 0) + 1
    if (seen.size >= maxRememberedIds) seen.clear()
    seen.set(id, times)
    return times
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBodyBytes) request.destroy()
      else chunks.push(chunk)
    })
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const id = String(request.headers['webhook-id'] ?? '-')
      const times = remember(id)
      const { status, signature } = judge(body, request.headers)
      arrivals.total++
      if (status === 200) arrivals.ok++
      else arrivals.failed++
      if (times > 1) arrivals.repeats++
      const time = new Date().toISOString().slice(11, 23)
      options.print(
        `${time}  ${status}  ${typeOf(body)}  ${printable(id)}  seen ${times === 1 ? 'once' : `${times} times`}  signature ${signature}  ${bytes} bytes`,
      )
      const answer = () => {
        response.shouldKeepAlive = !stopping
        response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok\n' : 'no\n')
      }
      if (options.slowMs) setTimeout(answer, options.slowMs)
      else answer()
    })
    request.on('error', () => {})
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host ?? '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}/`,
    port,
    arrivals,
    stop: () =>
      new Promise((resolve) => {
        stopping = true
        // Answers that are due still go out; connections that only wait for more do not hold it up.
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

function typeOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { type?: unknown } | null
    return typeof parsed?.type === 'string' ? printable(parsed.type) : '-'
  } catch {
    return 'not JSON'
  }
}

/** What comes over the wire must not drive the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 200)
}
