// A route is its operation plus a handler: parse strictly, authorise, call one use case, shape the reply.
import { defineEventHandler, type EventHandler, type H3Event } from 'h3'
import type { z } from 'zod'
import type { Actor } from '#shared/contracts/audit.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import type { Principal } from '#services/identity/index.ts'
import { Fault } from '#shared/fault.ts'
import { useApp, useAppOrNothing, type App } from './app.ts'
import type { Caller, CallerSession } from './authorize.ts'
import { authorizeCounted } from './authorize-counted.ts'
import { faultOf, invalidFault } from './fault-of.ts'
import { parseQuery, pathMatcher } from './match-path.ts'
import { readJson } from './read-body.ts'
import { beginRequest, requestPath, requestTarget, sendProblem, sendReply, type Reply } from './request.ts'

type Parsed<O, Key extends string> = O extends Record<Key, infer S> ? (S extends z.ZodType ? z.output<S> : undefined) : undefined

export interface OperationContext<O extends Operation> {
  /** The caller's workspace; '' for public operations, and for operators who belong to none. */
  workspaceId: string
  actor: Actor
  /** The credential behind the actor, for what depends on its own scopes; only where the policy is a scope. */
  principal: O['auth'] extends { scope: unknown } ? Principal : undefined
  params: Parsed<O, 'params'>
  query: Parsed<O, 'query'>
  /** The signed-in operator and the cookie's id; only where the policy is 'operator'. */
  session: O['auth'] extends 'operator' ? CallerSession : undefined
  /** undefined when the operation has none, or reads it raw. */
  body: Parsed<O, 'body'>
  requestId: string
  /** Aborted when the client goes away. */
  signal: AbortSignal
  app: App
  event: H3Event
}

/** A handler that answers by itself (streams) returns undefined. */
export type OperationHandler<O extends Operation> = (context: OperationContext<O>) => Promise<Reply | undefined> | Reply | undefined

const nobody: Actor = { kind: 'system', id: 'public', name: 'public' }

let replyCheck: ((op: Operation, reply: Reply) => void) | undefined

/** Tests look at every reply with this; it may throw. */
export function checkReplies(check: typeof replyCheck): void {
  replyCheck = check
}

/** Operation + handler -> h3 handler. Never throws, never answers anything but what the operation declares or a problem. */
export function defineOperation<const O extends Operation>(op: O, handler: OperationHandler<O>): EventHandler {
  const match = pathMatcher(op.path)
  const route = defineEventHandler(async (event) => {
    const { req, res } = event.node
    const startedAt = performance.now()
    const requestId = beginRequest(req, res)
    let caller: Caller | null | undefined
    try {
      const params = match(requestPath(req))
      if (!params) throw new Fault('not-found', 'There is nothing at this path.')
      caller = op.auth === 'public' ? null : await authorizeCounted(useApp(), req, op)
      const input = await parseInput(op, params, event)
      const context = {
        workspaceId: caller?.workspaceId ?? '',
        actor: caller?.actor ?? nobody,
        principal: caller?.principal,
        session: caller?.session,
        ...input,
        requestId,
        get signal() {
          return signalOf(event)
        },
        // Health is answered while there is no app yet.
        get app() {
          return useApp()
        },
        event,
      } as OperationContext<O>
      if (op.streams && isHead(event)) {
        sendReply(res, { status: 200 })
        return
      }
      const reply = await handler(context)
      if (reply) {
        replyCheck?.(op, reply)
        if (!res.headersSent && !res.destroyed) sendReply(res, reply)
      }
    } catch (error) {
      sendProblem(req, res, faultOf(error, useAppOrNothing()?.platform.log, { requestId, operationId: op.operationId }))
    } finally {
      const app = useAppOrNothing()
      const tookMs = performance.now() - startedAt
      app?.metrics.observeRequest(op.method, op.path, res.statusCode, tookMs)
      app?.places.answered(op, caller, res.statusCode, tookMs)
    }
  })
  return Object.assign(route, { operation: op as Operation })
}

/** Everything that the contract speaks of, or Fault 'invalid' and its like. */
async function parseInput(
  op: Operation,
  params: Record<string, string>,
  event: H3Event,
): Promise<Record<'params' | 'query' | 'body', unknown>> {
  const validation = useAppOrNothing()?.places.validation
  const startedAt = performance.now()
  try {
    const query = parseQueryOf(op, requestTarget(event.node.req))
    const input = { params: parseParams(op, params), query, body: await parseBody(op, event) }
    validation?.pass(performance.now() - startedAt)
    return input
  } catch (error) {
    validation?.fail(performance.now() - startedAt)
    throw error
  }
}

function parseParams(op: Operation, params: Record<string, string>): unknown {
  if (!op.params) return undefined
  const result = op.params.safeParse(params)
  const unsafe = Object.values(params).some((value) => value.includes('\u0000'))
  if (result.success && !unsafe) return result.data
  // An id that cannot exist is unknown; only where the id is made by the request is it a mistake in the request.
  if (op.method !== 'PUT') throw new Fault('not-found', 'There is no such thing here.')
  if (result.success) throw new Fault('invalid', 'The path contains the character NUL.')
  throw invalidFault(result.error, 'path', 'parameter')
}

function parseQueryOf(op: Operation, target: string): unknown {
  const given = parseQuery(target)
  if (!op.query) return undefined
  for (const [name, value] of Object.entries(given)) {
    if (String(value).includes('\u0000'))
      throw new Fault('invalid', 'The query is not valid.', {
        errors: [{ path: name.replaceAll('\u0000', '\ufffd').toWellFormed(), message: 'contains the character NUL' }],
      })
  }
  const result = op.query.strict().safeParse({ ...given })
  if (!result.success) throw invalidFault(result.error, 'query', 'parameter')
  return result.data
}

async function parseBody(op: Operation, event: H3Event): Promise<unknown> {
  if (op.body === undefined || op.body === 'raw') return undefined
  const json = await readJson(event.node.req, {
    ...(op.bodyLimitBytes === undefined ? {} : { maxBytes: op.bodyLimitBytes }),
    ...(op.mediaTypes === undefined ? {} : { mediaTypes: op.mediaTypes }),
    optional: op.bodyOptional === true,
  })
  const result = op.body.safeParse(json)
  if (!result.success) throw invalidFault(result.error, 'body')
  return result.data
}

/** The middleware turns HEAD into GET for routing; Node still knows, and leaves the body out. */
function isHead(event: H3Event): boolean {
  return event.context.head === true || event.node.req.method === 'HEAD'
}

function signalOf(event: H3Event): AbortSignal {
  const context = event.context as { signal?: AbortSignal }
  if (!context.signal) {
    const controller = new AbortController()
    context.signal = controller.signal
    event.node.res.once('close', () => controller.abort())
    if (event.node.res.destroyed) controller.abort()
  }
  return context.signal
}
