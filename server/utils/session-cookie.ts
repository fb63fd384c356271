// The cookie of a session. On https its name begins with __Host-: a browser takes it only with Secure, for this host and the whole
// of it, so that neither a neighbour subdomain nor somebody on an unencrypted line can plant one.
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

const plainName = 'sb_session'
const secureName = '__Host-sb_session'

/**
 * True when the browser speaks https. X-Forwarded-Proto is believed from anybody: who lies in it gets a cookie that their own browser
 * refuses, and no page can make another's browser send it.
 */
export function isHttps(req: IncomingMessage): boolean {
  const forwarded = req.headers['x-forwarded-proto']
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim().toLowerCase()
  return first ? first === 'https' : (req.socket as Partial<TLSSocket>).encrypted === true
}

/** The session's id of a request; undefined without one. The other scheme's cookie does not count. */
export function readSessionCookie(req: IncomingMessage): string | undefined {
  const header = req.headers.cookie
  if (header === undefined) return undefined
  const name = isHttps(req) ? secureName : plainName
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}

/** Set-Cookie of a session that begins. It ends with the browser, or when the server says so. */
export function sessionCookie(req: IncomingMessage, id: string): string {
  return cookie(req, id, '')
}

/** Set-Cookie that takes it away. */
export function endedCookie(req: IncomingMessage): string {
  return cookie(req, '', '; Max-Age=0')
}

function cookie(req: IncomingMessage, value: string, rest: string): string {
  const secure = isHttps(req)
  return `${secure ? secureName : plainName}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${rest}`
}
