// Before routing: the request's id and the headers that every answer carries; HEAD is answered like GET without its body;
// and what the console's page would answer although it is none: /api in odd spellings, other methods than GET.
import { defineEventHandler } from 'h3'
import { operations } from '#shared/contracts/operations/index.ts'
import { answerUnrouted, isForRouter } from '../utils/answer-unrouted.ts'
import { beginRequest } from '../utils/request.ts'

export default defineEventHandler((event) => {
  const { req, res } = event.node
  beginRequest(req, res)
  if (req.method === 'HEAD') {
    event.context.head = true
    req.method = 'GET'
    event._method = 'GET'
  }
  if (!isForRouter(req, operations)) answerUnrouted(req, res, operations)
})
