// One kind of request, many times: undici without streams and without pipelining, so that the generator costs little.
import { Pool, type Dispatcher } from 'undici'

export interface Answer {
  /** 0 = the connection broke. */
  status: number
  /** Of 429 and 503. */
  retryAfter: string | null
}

export interface Requests {
  /** Sends one request with `count` events, the first of which is number `sequence`; their latency counts from `fromUs`. Never rejects. */
  send(sequence: number, count: number, fromUs: number): Promise<Answer>
  close(): Promise<void>
}

export interface RequestOptions {
  /** For example http://127.0.0.1:3000 */
  url: string
  path: string
  apiKey: string | undefined
  type: string
  /** Recipients of each event, taken in turn from `people`. */
  recipientsPerEvent: number
  people: number
  batch: boolean
  /** Bytes of an event's `data`, about. */
  payloadBytes: number
  connections: number
}

/** Every event's data says which one it is and when it left, so that a receiver can tell how long it took. */
export function createRequests(options: RequestOptions): Requests {
  const pool = new Pool(options.url, { connections: options.connections, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 })
  const headers = ['content-type', 'application/json', ...(options.apiKey ? ['authorization', `Bearer ${options.apiKey}`] : [])]
  const head = `{"type":${JSON.stringify(options.type)},"recipients":[`
  // Numbers and names of the data take about 60 bytes.
  const tail = `,"filler":"${'x'.repeat(Math.max(0, options.payloadBytes - 60))}"}}`
  const recipients = (sequence: number): string =>
    Array.from(
      { length: options.recipientsPerEvent },
      (_, i) => `"person-${(sequence * options.recipientsPerEvent + i) % options.people}"`,
    ).join()
  const event = (sequence: number, fromUs: number): string =>
    `${head}${options.recipientsPerEvent > 0 ? recipients(sequence) : ''}],"data":{"sequence":${sequence},"sentAtUs":${fromUs}${tail}`

  return {
    send(sequence, count, fromUs) {
      const body = options.batch
        ? `{"events":[${Array.from({ length: count }, (_, i) => event(sequence + i, fromUs)).join(',')}]}`
        : event(sequence, fromUs)
      return post(pool, options.path, headers, body)
    },
    close: () => pool.destroy(),
  }
}

/** One request without a stream. Never rejects. `headers`: names and values in turn. */
export function post(pool: Pool, path: string, headers: string[], body: string): Promise<Answer> {
  return new Promise((resolve) => {
    try {
      pool.dispatch({ path, method: 'POST', headers, body }, new Call(resolve))
    } catch {
      resolve({ status: 0, retryAfter: null })
    }
  })
}

class Call implements Dispatcher.DispatchHandler {
  private readonly resolve: (answer: Answer) => void
  private status = 0
  private retryAfter: string | null = null

  constructor(resolve: (answer: Answer) => void) {
    this.resolve = resolve
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.status = status
    if (status === 429 || status === 503) this.retryAfter = (headers['retry-after'] as string | undefined) ?? null
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.resolve({ status: this.status, retryAfter: this.retryAfter })
  }

  onResponseError(): void {
    this.resolve({ status: 0, retryAfter: null })
  }
}
