// The same first and last words of every request, on Node's own req and res: the hot route uses them without h3.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemMediaType } from '#shared/contracts/problem.ts'
import { problemOf, type Fault } from '#shared/fault.ts'
import { newUuid } from '#shared/ids.ts'

const saneRequestId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/
/** Kept on the request itself: an entry of a WeakMap costs the collector more than the rest of this file. */
const idOfRequest = Symbol('request id')

interface WithId extends IncomingMessage {
  [idOfRequest]?: string
}

/**
 * Gives the request its id (the caller's own when it is sane) and the headers that every answer carries. Idempotent: the
 * middleware, the hot route and the error handler may all call it. Returns the id.
 */
export function beginRequest(req: IncomingMessage, res: ServerResponse): string {
  const known = (req as WithId)[idOfRequest]
  // Headers that the hot route wanted to send with its answer, and that a problem needs as well.
  if (known !== undefined && (res.headersSent || res.hasHeader('x-request-id'))) return known
  const requestId = requestIdOf(req)
  if (res.headersSent) return requestId
  res.setHeader('x-request-id', requestId)
  res.setHeader('x-content-type-options', 'nosniff')
  if (isApiPath(requestTarget(req))) res.setHeader('cache-control', 'no-store')
  return requestId
}

/** The request's id: the caller's own when it is sane. The same at every call. */
export function requestIdOf(req: IncomingMessage): string {
  const known = (req as WithId)[idOfRequest]
  if (known !== undefined) return known
  const offered = req.headers['x-request-id']
  const requestId = typeof offered === 'string' && saneRequestId.test(offered) ? offered : newUuid()
  ;(req as WithId)[idOfRequest] = requestId
  return requestId
}

/** What was asked for, as it came: before h3 decoded or cut it. */
export function requestTarget(req: IncomingMessage): string {
  return (req as { originalUrl?: string }).originalUrl ?? req.url ?? '/'
}

/** The path of the target, still percent-encoded. */
export function requestPath(req: IncomingMessage): string {
  const target = requestTarget(req)
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

export function isApiPath(target: string): boolean {
  return target.startsWith('/api') && (target.length === 4 || target[4] === '/' || target[4] === '?')
}

export interface Reply {
  status: number
  /** An object becomes JSON; a string or bytes go out as they are, with the content-type that `headers` names. */
  body?: unknown
  headers?: Record<string, string | number | string[]> | undefined
}

/** Sends a whole answer. Safe on HEAD (Node leaves the body out). */
export function sendReply(res: ServerResponse, reply: Reply): void {
  const headers: Record<string, string | number | string[]> = { ...reply.headers }
  if (reply.body === undefined) {
    if (reply.status !== 204 && reply.status !== 304) headers['content-length'] = 0
    res.writeHead(reply.status, headers)
    res.end()
    return
  }
  const raw = typeof reply.body === 'string' || reply.body instanceof Uint8Array
  const bytes = raw ? Buffer.from(reply.body as string) : Buffer.from(JSON.stringify(reply.body))
  if (!raw) headers['content-type'] ??= 'application/json; charset=utf-8'
  headers['content-length'] = bytes.length
  res.writeHead(reply.status, headers)
  res.end(bytes)
}

const defaultRetryAfterSeconds = 1

/** Fault -> RFC 9457 answer, with the headers that its status demands. */
export function problemReply(req: IncomingMessage, fault: Fault, requestId: string): Reply {
  const body = problemOf(fault, requestPath(req).toWellFormed().slice(0, 2_000), requestId)
  const headers: Record<string, string | number> = { 'content-type': problemMediaType }
  if (body.status === 401) headers['www-authenticate'] = 'Bearer realm="signalbox"'
  if (body.status === 429 || body.status === 503)
    headers['retry-after'] = Math.max(1, Math.ceil(fault.retryAfterSeconds ?? defaultRetryAfterSeconds))
  return { status: body.status, body, headers }
}

/** How long and how much of a refused body is still read, so that the client gets to read the answer instead of a reset. */
const lingerMs = 2_000
const lingerBytes = 16 * 1024 * 1024

/**
 * Answers a problem. When the request's body was not read to its end, the answer goes out at once, what still comes is thrown
 * away for a while, and the connection is closed.
 */
export function sendProblem(req: IncomingMessage, res: ServerResponse, fault: Fault): void {
  const requestId = beginRequest(req, res)
  if (res.headersSent) {
    res.destroy()
    return
  }
  const reply = problemReply(req, fault, requestId)
  if (req.complete || req.destroyed || !hasBody(req)) {
    sendReply(res, reply)
    return
  }
  const bytes = Buffer.from(JSON.stringify(reply.body))
  res.writeHead(reply.status, { ...reply.headers, 'content-length': bytes.length, connection: 'close' })
  res.write(bytes)
  let discarded = 0
  const timer = setTimeout(finish, lingerMs)
  timer.unref()
  function finish(): void {
    clearTimeout(timer)
    req.off('data', discard)
    if (!res.writableEnded) res.end()
  }
  function discard(chunk: Buffer): void {
    discarded += chunk.length
    if (discarded > lingerBytes) finish()
  }
  req.on('data', discard)
  req.once('end', finish)
  req.once('close', finish)
  req.resume()
}

/** True when the request announces a body. */
export function hasBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
}
