// Which addresses a call that a customer named may reach: public unicast, and what the operator opened by name.
import ipaddr from 'ipaddr.js'
import type { Config } from '#platform/config/index.ts'

export type TargetConfig = Pick<Config, 'SIGNALBOX_ALLOW_PRIVATE_TARGETS' | 'SIGNALBOX_ALLOW_LOOPBACK_PORTS'>

export interface Target {
  url: string
  /** `https://host:port`: connections are kept per origin. */
  origin: string
  secure: boolean
  /** Without brackets. */
  hostname: string
  port: number
  /** Path and query. */
  path: string
}

export interface TargetPolicy {
  /** Reads a URL, or says why it may not be called. Names are judged when they are resolved, literal addresses here. */
  parse(url: string): Target | { refused: string }
  /** Why this address and port may not be dialled, or null. */
  refuseAddress(address: string, port: number): string | null
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = [Address, number]

// ipaddr.js calls everything it has no name for "unicast"; of IPv6 only this block is handed out (RFC 4291, 2.4).
const globalUnicastV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]
// NAT64 prefixes for local use (RFC 8215), SRv6 SIDs (RFC 9602), 6bone: not in every ipaddr.js release, and each can lead inside.
const refusedV6 = ['64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/23', '2001:db8::/32', '3fff::/20', '5f00::/16', '3ffe::/16'].map(
  (cidr) => ipaddr.parseCIDR(cidr) as [ipaddr.IPv6, number],
)

function isPublicUnicast(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv4') return true
  const v6 = address as ipaddr.IPv6
  return v6.match(globalUnicastV6) && !refusedV6.some((network) => v6.match(network))
}

function isLoopback(address: Address): boolean {
  if (address.range() === 'loopback') return true
  return (
    address.kind() === 'ipv6' &&
    (address as ipaddr.IPv6).isIPv4MappedAddress() &&
    (address as ipaddr.IPv6).toIPv4Address().range() === 'loopback'
  )
}

function parseNetwork(text: string): Network {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    throw new Error(`SIGNALBOX_ALLOW_PRIVATE_TARGETS: "${text}" is not an address or CIDR block`)
  }
}

function contains(network: Network, address: Address): boolean {
  return network[0].kind() === address.kind() && address.match(network as [ipaddr.IPv4, number] & [ipaddr.IPv6, number])
}

/** The policy of this process. Throws when SIGNALBOX_ALLOW_PRIVATE_TARGETS cannot be read. */
export function createTargetPolicy(config: TargetConfig): TargetPolicy {
  const allowed = config.SIGNALBOX_ALLOW_PRIVATE_TARGETS.map(parseNetwork)
  const loopbackPorts = new Set(config.SIGNALBOX_ALLOW_LOOPBACK_PORTS)

  function refuseAddress(text: string, port: number): string | null {
    // Numeric forms other than dotted quads (0x7f.1, 017700000001) are already normalised by the URL parser; a resolver never gives them.
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return 'the address cannot be read'
    if (text.includes('%')) return 'the address names a network interface'
    const address = ipaddr.parse(text)
    if (isPublicUnicast(address)) return null
    if (allowed.some((network) => contains(network, address))) return null
    if (isLoopback(address) && loopbackPorts.has(port)) return null
    return 'the address is not a public one'
  }

  function parse(url: string): Target | { refused: string } {
    let parsed: URL
    try {
      parsed = new URL(url)
    } catch {
      return { refused: 'the URL cannot be read' }
    }
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return { refused: 'only http and https are allowed' }
    if (parsed.username !== '' || parsed.password !== '') return { refused: 'the URL must not hold a user name or password' }
    if (parsed.hostname === '') return { refused: 'the URL has no host' }
    const secure = parsed.protocol === 'https:'
    const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port)
    if (port === 0) return { refused: 'port 0 cannot be called' }
    const bracketed = parsed.hostname.startsWith('[')
    const hostname = bracketed ? parsed.hostname.slice(1, -1) : parsed.hostname
    if (isLiteral(hostname)) {
      const refused = refuseAddress(hostname, port)
      if (refused) return { refused }
    }
    return { url, origin: parsed.origin, secure, hostname, port, path: parsed.pathname + parsed.search }
  }

  return { parse, refuseAddress }
}

/** True for an address in the form that the URL parser leaves behind. */
export function isLiteral(hostname: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) || ipaddr.IPv6.isValid(hostname)
}
