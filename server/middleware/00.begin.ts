// Before routing: the request's id and the headers that every answer carries; HEAD is answered like GET without its body;
// our own paths outside /api refuse other methods themselves, because the console's page would answer them.
import { defineEventHandler } from 'h3'
import { operations } from '#shared/contracts/operations/index.ts'
import { allowedMethods, answerUnrouted } from '../utils/answer-unrouted.ts'
import { beginRequest, isApiPath, requestPath } from '../utils/request.ts'

const ownPaths = new Set(operations.map((op) => op.path).filter((path) => !isApiPath(path)))

export default defineEventHandler((event) => {
  const { req, res } = event.node
  beginRequest(req, res)
  if (req.method === 'HEAD') {
    event.context.head = true
    req.method = 'GET'
    event._method = 'GET'
  }
  const path = requestPath(req)
  // The catch-all below /api does not take /api itself.
  if (path === '/api') return answerUnrouted(req, res, operations)
  if (!ownPaths.has(path)) return
  if (req.method === 'OPTIONS' || !allowedMethods(operations, path).includes(req.method ?? '')) answerUnrouted(req, res, operations)
})
