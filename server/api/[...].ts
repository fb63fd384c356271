// What no route took: nothing under /api ever answers HTML.
import { defineEventHandler, type EventHandler } from 'h3'
import type { IncomingMessage } from 'node:http'
import { operations } from '#shared/contracts/operations/index.ts'
import type { Operation } from '#shared/contracts/operations/operation.ts'
import { answerUnrouted } from '../utils/answer-unrouted.ts'
import { pathMatcher } from '../utils/match-path.ts'
import { requestPath } from '../utils/request.ts'
import deleteRecipient from './v1/recipients/[id].delete.ts'
import getRecipient from './v1/recipients/[id].get.ts'
import putRecipient from './v1/recipients/[id].put.ts'
import makeInboxToken from './v1/recipients/[id]/inbox-token.post.ts'
import getPreferences from './v1/recipients/[id]/preferences.get.ts'
import putPreferences from './v1/recipients/[id]/preferences.put.ts'

// A client may call a recipient "batch", which the router takes for the path of batches and never for an id. Other ids are ours.
const shadowed = [deleteRecipient, getRecipient, putRecipient, makeInboxToken, getPreferences, putPreferences].map((handler) => {
  const { operation } = handler as EventHandler & { operation: Operation }
  return { handler, method: operation.method, match: pathMatcher(operation.path) }
})

function shadowedHandler(req: IncomingMessage): EventHandler | undefined {
  try {
    return shadowed.find(({ method, match }) => method === req.method && match(requestPath(req)))?.handler
  } catch {
    // Percent-encoding that is none.
    return undefined
  }
}

export default defineEventHandler((event) => {
  const handler = shadowedHandler(event.node.req)
  return handler ? handler(event) : answerUnrouted(event.node.req, event.node.res, operations)
})
