// The guarded client for every address that somebody else named (quality.md, "Outbound calls"; docs/decisions/0011-outbound-calls.md).
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector, Pool } from 'undici'
import { HttpCall } from './http-call.ts'
import { createAddressBook, resolveBySystem, RefusedTargetError, type AddressBook, type Resolve } from './resolve-target.ts'
import { readError, type Dial, type HttpResult } from './result.ts'
import { createTargetPolicy, isLiteral, type Target, type TargetConfig } from './target-policy.ts'

export interface HttpClientOptions {
  config: TargetConfig
  /** Total, from the call to the last byte of the answer, waiting for a connection included. Default 20,000. */
  deadlineMs?: number
  /** Default 64. */
  maxConnectionsPerOrigin?: number
  /** How long a good answer of the resolver is used. Default 5,000. */
  resolvedForMs?: number
  resolve?: Resolve
  /** Certificates to trust instead of the system's. */
  ca?: string | Buffer
}

export interface HttpRequest {
  url: string
  method?: 'POST' | 'GET'
  /** Names and values in turn. Not Host, Content-Length, Connection or Accept-Encoding: those are the client's own. */
  headers: string[]
  body?: string | Buffer
  deadlineMs?: number
}

export interface HttpClient {
  /** Never rejects; answers within the deadline. Redirects are answers like any other. */
  request(request: HttpRequest): Promise<HttpResult>
  /** Lets calls in flight end, then closes every connection. */
  close(): Promise<void>
}

interface Origin {
  pool: Pool
  addresses: AddressBook
  inFlight: number
  usedAt: number
  /** A connection that was opened, and whose first call has not begun. */
  dial: Dial | undefined
}

const maxResponseHeaderBytes = 16 * 1024
const connectTimeoutMs = 10_000
const idleOriginMs = 60_000
const sweepMs = 15_000
const maxCachedTargets = 10_000

/** Tells what each connection took that was opened. Once per connection, so that a call on a kept one pays nothing. */
function timed(connect: buildConnector.connector, onDial: (dial: Dial) => void): buildConnector.connector {
  return (connectOptions, callback) => {
    const startedAt = performance.now()
    let connectedAt: number | undefined
    const socket = connect(connectOptions, (...outcome) => {
      const now = performance.now()
      if (outcome[0] === null) {
        const isTls = connectOptions.protocol === 'https:'
        const at = isTls ? (connectedAt ?? now) : now
        onDial({ connectMs: Math.round(at - startedAt), tlsMs: isTls ? Math.round(now - at) : null })
      }
      callback(...outcome)
    }) as unknown as Socket | undefined
    socket?.once('connect', () => (connectedAt = performance.now()))
    return socket
  }
}

function taken(origin: Origin): Dial | undefined {
  const { dial } = origin
  if (dial !== undefined) origin.dial = undefined
  return dial
}

/** A client with its own connections. Throws when SIGNALBOX_ALLOW_PRIVATE_TARGETS cannot be read. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const policy = createTargetPolicy(options.config)
  const resolve = options.resolve ?? resolveBySystem
  const defaultDeadlineMs = options.deadlineMs ?? 20_000
  const ttlMs = options.resolvedForMs ?? 5_000
  const targets = new Map<string, Target | { refused: string }>()
  const origins = new Map<string, Origin>()
  let inFlight = 0
  let closed = false
  let onIdle: (() => void) | undefined

  const sweeper = setInterval(() => {
    const now = performance.now()
    for (const [key, origin] of origins) {
      if (origin.inFlight > 0 || now - origin.usedAt < idleOriginMs) continue
      origins.delete(key)
      void origin.pool.close()
    }
  }, sweepMs)
  sweeper.unref()

  function targetOf(url: string): Target | { refused: string } {
    let target = targets.get(url)
    if (target === undefined) {
      target = policy.parse(url)
      if (targets.size >= maxCachedTargets) targets.clear()
      targets.set(url, target)
    }
    return target
  }

  function originOf(target: Target): Origin {
    let origin = origins.get(target.origin)
    if (origin === undefined) {
      const { hostname, port } = target
      const addresses = createAddressBook({ hostname, port, literal: isLiteral(hostname), policy, resolve, ttlMs })
      const opened: Origin = {
        addresses,
        pool: createPool(target.origin, addresses, (dial) => (opened.dial = dial)),
        inFlight: 0,
        usedAt: 0,
        dial: undefined,
      }
      origin = opened
      origins.set(target.origin, origin)
    }
    return origin
  }

  function createPool(url: string, book: AddressBook, onDial: (dial: Dial) => void): Pool {
    // Not called for literal addresses; those were judged when the URL was read.
    const lookup: LookupFunction = (_hostname, lookupOptions, callback) => {
      book.ask().then(
        ({ addresses }) => {
          const [first] = addresses
          if (lookupOptions.all) callback(null, [...addresses])
          else callback(null, first!.address, first!.family)
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      )
    }
    return new Pool(url, {
      connections: options.maxConnectionsPerOrigin ?? 64,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: maxResponseHeaderBytes,
      // The call's own deadline covers both, without a timer per phase.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveMaxTimeout: 60_000,
      connect: timed(
        buildConnector({
          allowH2: false,
          timeout: connectTimeoutMs,
          lookup,
          // Tries the checked addresses in turn, IPv6 and IPv4 (RFC 8305).
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: 300,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        }),
        onDial,
      ),
    })
  }

  function dispatch(origin: Origin, target: Target, request: HttpRequest, call: HttpCall): void {
    // The deadline passed during the name's resolution.
    if (call.settled) return
    try {
      origin.pool.dispatch(
        {
          path: target.path,
          method: request.method ?? 'POST',
          headers: ['accept-encoding', 'identity', ...request.headers],
          body: request.body ?? null,
        },
        call,
      )
    } catch (error) {
      call.fail(error)
    }
  }

  function request(request: HttpRequest): Promise<HttpResult> {
    const target = targetOf(request.url)
    if ('refused' in target) return Promise.resolve(readError(new RefusedTargetError(target.refused), false))
    if (closed) return Promise.resolve(readError(new Error('the client is closed'), false))
    const origin = originOf(target)
    origin.usedAt = performance.now()
    origin.inFlight++
    inFlight++
    return new Promise((settle) => {
      const call = new HttpCall(
        request.deadlineMs ?? defaultDeadlineMs,
        () => taken(origin),
        (result) => {
          origin.inFlight--
          inFlight--
          settle(result)
          if (inFlight === 0) onIdle?.()
        },
      )
      // Judged again at every attempt, also when a kept connection would do.
      if (origin.addresses.current() !== undefined) dispatch(origin, target, request, call)
      else
        origin.addresses.ask().then(
          () => dispatch(origin, target, request, call),
          (error: unknown) => call.fail(error),
        )
    })
  }

  return {
    request,
    async close() {
      closed = true
      clearInterval(sweeper)
      if (inFlight > 0) await new Promise<void>((idle) => (onIdle = idle))
      await Promise.all([...origins.values()].map((origin) => origin.pool.close()))
      origins.clear()
    },
  }
}
