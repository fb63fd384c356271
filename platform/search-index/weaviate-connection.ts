// The connection to Weaviate: opened at its first use, opened again after it was lost, and its errors told apart: away, or wrong.
import type { WeaviateClient } from 'weaviate-client'
import { IndexUnavailable } from './search-index.ts'

type Library = typeof import('weaviate-client')

export interface WeaviateOptions {
  /** http(s)://host:port */
  url: string
  /** host:port, or with http(s)://; port 50051 of the same host when it is not given. */
  grpcUrl?: string | undefined
  apiKey?: string | undefined
}

const seconds = { init: 5, query: 10, insert: 60 }
/** The client tries again by itself for half a minute: nobody waits for that. */
const longestMs = 60_000
const readyMs = 1_000

/** It did not answer, or not in time. */
class WeaviateAway extends Error {}

export interface WeaviateConnection {
  /**
   * Runs with a client. What says that the server is away, and what takes longer than `timeoutMs`, rejects with IndexUnavailable; the next
   * use asks first whether it is there again, and connects anew.
   */
  use<T>(work: (client: WeaviateClient, library: Library) => Promise<T>, timeoutMs?: number): Promise<T>
  /**
   * Posts to the REST API, `path` from its root on, and gives what it answers. For objects: the client's insertMany looks only every half
   * second whether it has serialised them, so that two documents took as long as five hundred.
   */
  post(path: string, body: unknown): Promise<unknown>
  close(): Promise<void>
}

export function createWeaviateConnection(options: WeaviateOptions): WeaviateConnection {
  let opening: Promise<{ client: WeaviateClient; library: Library }> | undefined
  let lost = false

  const addressOf = (path: string): URL => new URL(path, options.url.endsWith('/') ? options.url : `${options.url}/`)

  async function untilThere(): Promise<void> {
    if (!lost) return
    const response = await fetch(addressOf('v1/.well-known/ready'), { signal: AbortSignal.timeout(readyMs) })
    await response.body?.cancel()
    if (!response.ok) throw new WeaviateAway(`status code: ${response.status}`)
    lost = false
  }

  async function open(): Promise<{ client: WeaviateClient; library: Library }> {
    // 12 MB that a process without Weaviate never loads.
    const library = await import('weaviate-client')
    const http = new URL(options.url)
    const grpc =
      options.grpcUrl === undefined
        ? null
        : new URL(/^https?:/.test(options.grpcUrl) ? options.grpcUrl : `${http.protocol}//${options.grpcUrl}`)
    const secure = http.protocol === 'https:'
    const client = await library.default.connectToCustom({
      httpHost: http.hostname,
      httpPort: Number(http.port || (secure ? 443 : 80)),
      httpSecure: secure,
      ...(http.pathname === '/' ? {} : { httpPath: http.pathname }),
      grpcHost: grpc?.hostname ?? http.hostname,
      grpcPort: Number(grpc?.port || (grpc?.protocol === 'https:' ? 443 : 50_051)),
      grpcSecure: grpc ? grpc.protocol === 'https:' : secure,
      timeout: seconds,
      ...(options.apiKey === undefined ? {} : { authCredentials: new library.default.ApiKey(options.apiKey) }),
    })
    return { client, library }
  }

  const connection: WeaviateConnection = {
    async use(work, timeoutMs = longestMs) {
      let mine: typeof opening
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new WeaviateAway(`no answer within ${timeoutMs} ms`)), timeoutMs)
      })
      const working = (async () => {
        await untilThere()
        mine = opening ??= open()
        const { client, library } = await mine
        return work(client, library)
      })()
      try {
        return await Promise.race([working, late])
      } catch (error) {
        if (!isAway(error)) throw error
        working.catch(() => {})
        lost = true
        if (opening === mine) opening = undefined
        void mine?.then(
          ({ client }) => client.close(),
          () => {},
        )
        throw new IndexUnavailable('weaviate', error)
      } finally {
        clearTimeout(timer)
      }
    },
    post: (path, body) =>
      connection.use(async () => {
        const response = await fetch(addressOf(path), {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(longestMs),
        })
        if (!response.ok) throw new Error(`${path} failed, status code: ${response.status}: ${(await response.text()).slice(0, 500)}`)
        return response.json()
      }),
    async close() {
      const mine = opening
      opening = undefined
      await mine?.then(
        ({ client }) => client.close(),
        () => {},
      )
    },
  }
  return connection
}

const awayNames = new Set([
  'WeaviateAway',
  'WeaviateGRPCUnavailableError',
  'WeaviateStartUpError',
  'WeaviateRequestTimeoutError',
  'AbortError',
  'TimeoutError',
])

/** Every error's text and those behind it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.constructor.name} ${error.message} ${error.cause === undefined ? '' : textOf(error.cause)}`
}

function isAway(error: unknown): boolean {
  if (error instanceof Error && (awayNames.has(error.constructor.name) || awayNames.has(error.name))) return true
  return isAwayText(textOf(error))
}

/** Whether this is said by a server that may do it later: away, starting, ending, or out of memory or disk. */
export function isAwayText(text: string): boolean {
  return /UNAVAILABLE|DEADLINE_EXCEEDED|CANCELLED|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|fetch failed|socket hang up|No connection established|leader not found|no leader|not ready|shutting down|status code: 50[234]|channel has been (shut down|closed)|read-?only|not enough memory|memory pressure|context (canceled|deadline)/i.test(
    text,
  )
}

/** A workspace of which nothing was indexed yet has no tenant. */
export function isUnknownTenant(error: unknown): boolean {
  return /tenant/i.test(textOf(error)) && /not found|does not exist|unknown/i.test(textOf(error))
}

/** The collection was replaced a moment ago. */
export function isUnknownCollection(error: unknown): boolean {
  return (
    /(class|collection)/i.test(textOf(error)) &&
    /not found|does not exist|could not find|not present/i.test(textOf(error)) &&
    !isUnknownTenant(error)
  )
}
