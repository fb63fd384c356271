// What POST /events and POST /events/batch share. They read and answer Node's req and res themselves: measured, h3's
// helpers cost this route half of its throughput (bench/, docs/decisions/0005-group-commit.md).
import { defineEventHandler, type EventHandler } from 'h3'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { readIdempotencyKey, requestHash } from '#services/idempotency/index.ts'
import { Fault } from '#shared/fault.ts'
import { useApp, type App } from './app.ts'
import type { Caller } from './authorize.ts'
import { authorizeCounted } from './authorize-counted.ts'
import { faultOf } from './fault-of.ts'
import { checkMediaType, readBodyBytes } from './read-body.ts'
import { requestIdOf, sendProblem } from './request.ts'

export interface AcceptContext {
  app: App
  caller: Caller
  mediaType: string
  bytes: Buffer
  req: IncomingMessage
  requestId: string
  /** The Idempotency-Key with the hash of this request, or nothing without one. */
  idempotency: { route: string; key: string; requestHash: Buffer } | undefined
}

export interface RawReply {
  status: number
  /** JSON text. */
  text: string
  headers?: Record<string, string>
}

export type AcceptRoute = EventHandler & { operation: Operation; answer(req: IncomingMessage, res: ServerResponse): Promise<void> }

/**
 * Admission first: past the limit the answer is 503 at once, before the body is read. The route answers in two ways: as an event
 * handler, and directly (`answer`), which the entry uses: the framework's hooks and routing were a quarter of an accept's CPU.
 */
export function defineAcceptRoute(
  operation: Operation,
  options: { mediaTypes: readonly string[]; maxBytes: number; accept: (context: AcceptContext) => Promise<RawReply> },
): AcceptRoute {
  const route = `${operation.method} ${operation.path.replace('/api/v1', '')}`

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    let app: App | undefined
    let caller: Caller | undefined
    try {
      const requestId = requestIdOf(req)
      app = useApp()
      if (!app.services.acceptor.hasRoom()) {
        app.places.limits.add(1, 1)
        throw new Fault('overloaded', 'More events are on their way than can be made durable in time; send again in a moment', {
          retryAfterSeconds: 1,
        })
      }
      caller = (await authorizeCounted(app, req, operation))!
      const key = readIdempotencyKey(req.headers['idempotency-key'])
      const mediaType = checkMediaType(req, options.mediaTypes)
      const bytes = await readBodyBytes(req, options.maxBytes)
      const idempotency = key === null ? undefined : { route, key, requestHash: requestHash(mediaType, bytes) }
      send(res, requestId, await options.accept({ app, caller, mediaType, bytes, req, requestId, idempotency }))
    } catch (error) {
      sendProblem(req, res, faultOf(error, app?.platform.log, { requestId: requestIdOf(req), operationId: operation.operationId }))
    } finally {
      const tookMs = performance.now() - startedAt
      app?.metrics.observeRequest(operation.method, operation.path, res.statusCode, tookMs)
      app?.places.answered(operation, caller, res.statusCode, tookMs)
    }
  }

  const handler = defineEventHandler((event) => answer(event.node.req, event.node.res))
  return Object.assign(handler, { operation, answer })
}

/** The contract's part of an accept: `prepare` throws what is not valid. */
export function validated<T>(app: App, prepare: () => T): T {
  const startedAt = performance.now()
  try {
    const prepared = prepare()
    app.places.validation.pass(performance.now() - startedAt)
    return prepared
  } catch (error) {
    app.places.validation.fail(performance.now() - startedAt)
    throw error
  }
}

function send(res: ServerResponse, requestId: string, reply: RawReply): void {
  if (res.destroyed || res.headersSent) return
  res.writeHead(reply.status, {
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...reply.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(reply.text),
  })
  res.end(reply.text)
}
