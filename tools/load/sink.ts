// A webhook receiver in a process of its own: answers 204 at once and notes when each event arrived for the first time.
// Started by start-sink.ts; speaks over the channel to its parent.
import { createServer } from 'node:http'
import { nowUs } from './clock.ts'

export interface SinkReport {
  received: number
  /** Webhooks whose id had come before. */
  repeated: number
  /** Sequence numbers and how long each took from leaving the generator to arriving here, in microseconds. */
  sequences: Float64Array
  latenciesUs: Float64Array
}

export type SinkMessage =
  | { kind: 'listening'; port: number }
  | { kind: 'failed'; message: string }
  | { kind: 'count'; count: number }
  | { kind: 'report'; report: SinkReport }

const arrivals = new Map<number, number>()
const ids = new Set<string>()
let received = 0

const server = createServer((req, res) => {
  const arrivedUs = nowUs()
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    received++
    ids.add(req.headers['webhook-id'] as string)
    const body = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('latin1')
    const sequence = numberAfter(body, '"sequence":')
    if (!arrivals.has(sequence)) arrivals.set(sequence, arrivedUs - numberAfter(body, '"sentAtUs":'))
    res.writeHead(204)
    res.end()
  })
})
server.keepAliveTimeout = 120_000

/** Cheaper than parsing, and enough: the generator wrote it. */
function numberAfter(text: string, label: string): number {
  const at = text.indexOf(label)
  return at < 0 ? NaN : Number.parseInt(text.slice(at + label.length, at + label.length + 20), 10)
}

const tell = (message: SinkMessage): void => void process.send!(message)

process.on('message', (kind: 'count' | 'report') => {
  if (kind === 'count') return tell({ kind: 'count', count: received })
  tell({
    kind: 'report',
    report: {
      received,
      repeated: received - ids.size,
      sequences: Float64Array.from(arrivals.keys()),
      latenciesUs: Float64Array.from(arrivals.values()),
    },
  })
})
process.on('disconnect', () => process.exit(0))
server.on('error', (error) => tell({ kind: 'failed', message: error.message }))
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  tell({ kind: 'listening', port: (server.address() as { port: number }).port }),
)
