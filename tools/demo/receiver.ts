// The receiver of the demo's webhooks. Most of the time it is a good one.
import { createServer, type ServerResponse } from 'node:http'

export interface Receiver {
  taken: number
  refused: number
  close(): void
}

/** Every two minutes it is away for ten seconds: what it misses then comes again. */
const cycleMs = 120_000
const awayMs = 10_000

/** Answers by chance: mostly 204, sometimes 500, 503 with Retry-After, or nothing until the sender gives up. `/legacy` refuses everything for good. */
export async function startReceiver(port: number): Promise<Receiver> {
  const startedMs = Date.now()
  const receiver: Receiver = { taken: 0, refused: 0, close: () => {} }
  const answer = (res: ServerResponse, status: number, headers: Record<string, string> = {}): void => {
    if (status < 300) receiver.taken++
    else receiver.refused++
    res.writeHead(status, headers).end()
  }
  const server = createServer((req, res) => {
    req.resume()
    req.on('end', () => {
      if (req.url?.startsWith('/legacy')) return answer(res, 400)
      if ((Date.now() - startedMs) % cycleMs > cycleMs - awayMs) {
        receiver.refused++
        req.socket.destroy()
        return
      }
      const luck = Math.random()
      if (luck < 0.05) answer(res, 500)
      else if (luck < 0.07) answer(res, 503, { 'retry-after': '2' })
      else if (luck < 0.075) receiver.refused++
      else if (luck < 0.2) setTimeout(answer, 300 + Math.random() * 700, res, 204)
      else answer(res, 204)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  receiver.close = () => {
    server.close()
    server.closeAllConnections()
  }
  return receiver
}
