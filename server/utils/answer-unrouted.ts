// 404 for paths that do not exist, 405 with Allow for methods that a path does not have, OPTIONS.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { Fault } from '#shared/fault.ts'
import { faultOf } from './fault-of.ts'
import { pathMatcher, type PathMatcher } from './match-path.ts'
import { beginRequest, requestPath, sendProblem, sendReply } from './request.ts'

const matchers = new WeakMap<readonly Operation[], { method: string; match: PathMatcher }[]>()

/** Methods that the operations have at a raw path, HEAD and OPTIONS included; empty when there is no such path. */
export function allowedMethods(operations: readonly Operation[], rawPath: string): string[] {
  let known = matchers.get(operations)
  if (!known) {
    known = operations.map((op) => ({ method: op.method, match: pathMatcher(op.path) }))
    matchers.set(operations, known)
  }
  const methods = new Set(known.filter((entry) => entry.match(rawPath)).map((entry) => entry.method))
  if (methods.size === 0) return []
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods, 'OPTIONS'].sort()
}

/** '/api', '//api/v1', '/api%2Fv1': the router would not find our catch-all, and the console's page would answer. */
const oddApiPath = /^\/+(?:api\/?$|api%)|^\/{2,}api\//i
const underApi = /^\/api\/./

/** False for what must not reach the router, because it would end at the console's page: answerUnrouted answers it. */
export function isForRouter(req: IncomingMessage, operations: readonly Operation[]): boolean {
  const path = requestPath(req)
  if (underApi.test(path)) return true
  if (oddApiPath.test(path)) return false
  if (req.method === 'GET') return true
  try {
    return req.method !== 'OPTIONS' && allowedMethods(operations, path).includes(req.method ?? '')
  } catch {
    return false
  }
}

const pageMethods = ['GET', 'HEAD', 'OPTIONS']

/** Answers a request that no route takes. */
export function answerUnrouted(req: IncomingMessage, res: ServerResponse, operations: readonly Operation[]): void {
  const requestId = beginRequest(req, res)
  try {
    const path = requestPath(req)
    const known = allowedMethods(operations, path)
    const methods = known.length > 0 || underApi.test(path) || oddApiPath.test(path) ? known : pageMethods
    if (methods.length === 0) throw new Fault('not-found', 'There is nothing at this path.')
    res.setHeader('allow', methods.join(', '))
    if (req.method === 'OPTIONS') sendReply(res, { status: 204 })
    else if (methods.includes(req.method ?? '')) throw new Fault('not-found', 'There is no such thing here.')
    else throw new Fault('method-not-allowed', `This path takes ${methods.join(', ')}.`)
  } catch (error) {
    sendProblem(req, res, faultOf(error, undefined, { requestId }))
  }
}
