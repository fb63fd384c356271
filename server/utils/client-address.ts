// The address of whoever asks, for limits and the audit.
import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

/**
 * The peer; behind a proxy (a peer on this machine or in a private network) the last address of X-Forwarded-For, which is the one that
 * the proxy saw itself. A peer from outside is never believed.
 */
export function clientAddress(req: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const peer = normal(req.socket.remoteAddress) ?? 'unknown'
  if (!isNear(peer)) return peer
  const forwarded = req.headers['x-forwarded-for']
  const last = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)?.trim()
  return normal(last) ?? peer
}

function normal(address: string | undefined): string | undefined {
  if (!address || !ipaddr.isValid(address)) return undefined
  const parsed = ipaddr.process(address)
  // One household or host has a whole /64.
  return parsed.kind() === 'ipv6' && !isNear(address)
    ? `${parsed.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`
    : parsed.toString()
}

function isNear(address: string): boolean {
  return ipaddr.isValid(address) && ['loopback', 'private', 'uniqueLocal', 'linkLocal'].includes(ipaddr.process(address).range())
}
