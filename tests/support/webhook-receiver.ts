// A customer's webhook server for tests: remembers what came, answers as it is told, and verifies signatures with the
// Standard Webhooks library instead of our own code.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface ReceivedWebhook {
  id: string
  path: string
  body: any
  /** The status it was answered with. */
  status: number
  headers: Record<string, string>
  raw: string
}

export interface WebhookReceiver {
  url: string
  port: number
  /** Everything that came, in order. */
  received: ReceivedWebhook[]
  /** What the next calls are answered with; 200 at first. */
  answer(status: number): void
  /** Throws when the signature is not that of `secret`. */
  verify(webhook: ReceivedWebhook, secret: string): void
  close(): Promise<void>
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString()
      const headers = request.headers as Record<string, string>
      received.push({ id: headers['webhook-id'] ?? '', path: request.url ?? '', body: JSON.parse(raw), status, headers, raw })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    answer(next) {
      status = next
    },
    verify: (webhook, secret) => void new Webhook(secret).verify(webhook.raw, webhook.headers),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
