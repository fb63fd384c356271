// Requests that change something and carry a cookie must come from our own pages (CSRF).
import type { IncomingMessage } from 'node:http'

/**
 * True when the browser says that a page of this origin made the request: by Sec-Fetch-Site, else by Origin against Host.
 * False when it says neither: every browser of the last years does.
 */
export function isSameOrigin(req: Pick<IncomingMessage, 'headers'>): boolean {
  return comesFrom(req) === 'here'
}

/** True when the browser says that a page of another origin made the request; a client that is no browser says nothing. */
export function isOtherOrigin(req: Pick<IncomingMessage, 'headers'>): boolean {
  return comesFrom(req) === 'elsewhere'
}

function comesFrom({ headers }: Pick<IncomingMessage, 'headers'>): 'here' | 'elsewhere' | 'unsaid' {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'here' : 'elsewhere'
  const { origin, host } = headers
  if (origin === undefined) return 'unsaid'
  // The scheme is left out: behind a proxy this process does not know it.
  const named = URL.canParse(origin) ? new URL(origin) : undefined
  if (!named || !host || !/^https?:$/.test(named.protocol)) return 'elsewhere'
  const here = URL.parse(`${named.protocol}//${host}`)
  return here?.host === named.host ? 'here' : 'elsewhere'
}
