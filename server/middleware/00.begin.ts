// Before routing: the request's id and the headers that every answer carries; HEAD is answered like GET without its body.
import { defineEventHandler } from 'h3'
import { beginRequest } from '../utils/request.ts'

export default defineEventHandler((event) => {
  const { req, res } = event.node
  beginRequest(req, res)
  if (req.method === 'HEAD') {
    event.context.head = true
    req.method = 'GET'
    event._method = 'GET'
  }
})
