// Server-sent events as a client reads them, over a plain socket: no retry, no hidden state.
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface ReceivedEvent {
  event: string
  id: string | null
  data: string
}

export interface ClientStream {
  status: number
  headers: IncomingHttpHeaders
  /** Grows as events come. */
  events: ReceivedEvent[]
  /** Resolves when the server has ended the stream, or it broke. */
  ended: Promise<void>
  close(): void
}

export async function openEventStream(url: string, headers: Record<string, string>): Promise<ClientStream> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject)
  })
  const events: ReceivedEvent[] = []
  let rest = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    const frames = (rest + chunk).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? null
      const data = field('data')
      if (data !== null) events.push({ event: field('event') ?? 'message', id: field('id'), data })
    }
  })
  const ended = new Promise<void>((resolve) => {
    answer.once('close', resolve)
    answer.on('error', () => {})
  })
  return { status: answer.statusCode ?? 0, headers: answer.headers, events, ended, close: () => answer.destroy() }
}
