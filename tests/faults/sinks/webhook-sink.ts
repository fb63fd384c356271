// A receiver of webhooks in a process of its own: one line per arrival, on disk before the answer. Prints its port.
// node webhook-sink.ts LOG_FILE
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const answerAfterMs = 50
const log = openSync(process.argv[2] as string, 'a')

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('error', () => {})
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { data: { number: number } }
    writeSync(log, `${request.headers['webhook-id'] as string} ${body.data.number} ${Date.now()}\n`)
    // Slow enough that there is always something in flight when a sender dies.
    setTimeout(() => response.writeHead(204).end(), answerAfterMs)
  })
})
server.keepAliveTimeout = 30_000
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
