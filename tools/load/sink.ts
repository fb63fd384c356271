// A webhook receiver in a process of its own: answers 204 at once and notes when each event arrived for the first time.
// Started by start-sink.ts; speaks over the channel to its parent.
import { createServer } from 'node:net'
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

const accepted = 'HTTP/1.1 204 No Content\r\n\r\n'

// HTTP by hand, for the one client that calls here: a server of its own class costs as much CPU as a twentieth of an event's way,
// and it is not the sink that is measured.
const server = createServer((socket) => {
  let text = ''
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    const arrivedUs = nowUs()
    text = text === '' ? chunk : text + chunk
    let answers = ''
    for (let headEnd = text.indexOf('\r\n\r\n'); headEnd >= 0; headEnd = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, headEnd)
      const end = headEnd + 4 + numberAfter(head.toLowerCase(), 'content-length: ')
      if (!(end >= 0)) return socket.end('HTTP/1.1 411 Length Required\r\nconnection: close\r\n\r\n')
      if (text.length < end) break
      take(head, text.slice(headEnd + 4, end), arrivedUs)
      text = text.slice(end)
      answers += accepted
    }
    if (answers !== '') socket.write(answers)
  })
})

function take(head: string, body: string, arrivedUs: number): void {
  received++
  ids.add(/\r\nwebhook-id: ([^\r]*)/i.exec(head)?.[1] ?? '')
  const sequence = numberAfter(body, '"sequence":')
  if (!arrivals.has(sequence)) arrivals.set(sequence, arrivedUs - numberAfter(body, '"sentAtUs":'))
}

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
