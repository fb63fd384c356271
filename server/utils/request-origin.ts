import type { IncomingMessage } from 'node:http'
import { config } from '#platform/config/index.ts'
import { isHttps } from './session-cookie.ts'

const saneHost = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i

/**
 * Where the caller reaches this app, `http(s)://host[:port]`, as the request itself says: an answer's links lead back the way it came.
 * Who lies in Host is sent to where they said.
 */
export function originOf(req: IncomingMessage): string {
  const { host } = req.headers
  if (host && saneHost.test(host)) return `${isHttps(req) ? 'https' : 'http'}://${host}`
  const { HOST, PORT } = config()
  return `http://${HOST}:${PORT}`
}
