// A client that does what the documents ask of one: a steady rate, an Idempotency-Key per event, and the same request again
// until its outcome is known.
import { Agent, request } from 'node:http'
import type { ClientLedger } from './client-ledger.ts'

export interface PlayOptions {
  /** http://127.0.0.1:PORT */
  url: string
  apiKey: string
  ledger: ClientLedger
  /** First event number. */
  from: number
  count: number
  perSecond: number
  bodyOf: (number: number) => object
  /** Requests on their way at the same time; default 64. */
  maxInFlight?: number
  /** Tells keys of different runs apart. */
  keyPrefix: string
}

interface Answer {
  status: number
  id: string
  retryAfterMs: number
  replayed: boolean
}

const requestTimeoutMs = 10_000
const brokenPauseMs = 100

/** Resolves when every event has been accepted. Rejects on an answer that no retry can change (4xx). */
export async function playEvents(options: PlayOptions): Promise<void> {
  const { ledger, from, count, perSecond } = options
  const maxInFlight = options.maxInFlight ?? 64
  const agent = new Agent({ keepAlive: true, maxSockets: maxInFlight })
  const startedMs = performance.now()
  let next = 0
  let done = 0
  let inFlight = 0
  let failure: Error | undefined

  const accept = async (number: number): Promise<void> => {
    ledger.intend(number)
    const body = JSON.stringify(options.bodyOf(number))
    for (;;) {
      const sentMs = performance.now()
      let pauseMs: number
      try {
        const answer = await post(options, agent, `${options.keyPrefix}-${number}`, body)
        const ms = performance.now() - sentMs
        if (answer.status === 202) {
          ledger.accepted(number, answer.id, ms, answer.replayed)
          return
        }
        ledger.refused(number, answer.status, ms)
        if (answer.status < 500 && answer.status !== 409 && answer.status !== 429)
          throw new Error(`POST /events answered ${answer.status} to event ${number}`)
        pauseMs = answer.retryAfterMs
      } catch (error) {
        if ((error as Error).message.startsWith('POST /events')) throw error
        ledger.refused(number, 0, performance.now() - sentMs)
        pauseMs = brokenPauseMs
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startedMs) / 1_000) * perSecond) + 1)
      while (next < due && inFlight < maxInFlight && !failure) {
        const number = from + next++
        inFlight++
        accept(number)
          .catch((error: Error) => {
            failure ??= error
          })
          .finally(() => {
            inFlight--
            done++
          })
      }
      if (done === count || (failure && inFlight === 0)) {
        clearInterval(timer)
        resolve()
      }
    }, 5)
  })
  agent.destroy()
  if (failure) throw failure
}

function post(options: PlayOptions, agent: Agent, key: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${options.url}/api/v1/events`,
      {
        method: 'POST',
        agent,
        timeout: requestTimeoutMs,
        headers: {
          authorization: `Bearer ${options.apiKey}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'idempotency-key': key,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 0
          resolve({
            status,
            id: status === 202 ? (JSON.parse(text) as { id: string }).id : '',
            retryAfterMs: Number(response.headers['retry-after'] ?? 1) * 1_000,
            replayed: response.headers['idempotency-replayed'] === 'true',
          })
        })
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.on('error', reject)
    call.end(body)
  })
}
