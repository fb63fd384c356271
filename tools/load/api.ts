// The few calls that the generator makes besides its load.
import type { Ledger } from '#shared/contracts/ledger.ts'

export interface Api {
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  ledger(): Promise<Ledger>
}

export function createApi(url: string, apiKey: string): Api {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new Error(`${url} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`)
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return { call, ledger: () => call<Ledger>('GET', '/ledger') }
}

/** Resolves with the ledger when nothing is pending any more, or as it is after `timeoutMs`. */
export async function waitUntilDrained(api: Api, timeoutMs: number, everyMs = 50): Promise<Ledger> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const ledger = await api.ledger()
    if ((ledger.events.pending === 0 && ledger.deliveries.pending === 0) || Date.now() > deadline) return ledger
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
