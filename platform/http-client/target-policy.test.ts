import { describe, expect, it } from 'vitest'
import { createTargetPolicy } from './target-policy.ts'

const closed = createTargetPolicy({ SIGNALBOX_ALLOW_PRIVATE_TARGETS: [], SIGNALBOX_ALLOW_LOOPBACK_PORTS: [] })

describe('URLs', () => {
  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'javascript:alert(1)',
    'http://user@example.com/',
    'http://user:secret@example.com/',
    'http://:secret@example.com/',
    'not a url',
    'http://',
    'https://example.com:0/',
  ])('refuses %s', (url) => {
    expect(closed.parse(url)).toHaveProperty('refused')
  })

  it.each([
    ['dotted quad', 'http://127.0.0.1/'],
    ['short form', 'http://127.1/'],
    ['decimal', 'http://2130706433/'],
    ['octal', 'http://017700000001/'],
    ['octal parts', 'http://0177.0.0.1/'],
    ['hexadecimal', 'http://0x7f000001/'],
    ['hexadecimal parts', 'http://0x7f.0x0.0x0.0x1/'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/'],
    ['full-width digits', 'http://１２７.0.0.1/'],
    ['trailing dot', 'http://127.0.0.1./'],
    ['zero', 'http://0/'],
    ['10/8', 'http://10.1.2.3/'],
    ['172.16/12', 'http://172.31.255.255/'],
    ['192.168/16', 'http://192.168.0.1/'],
    ['link-local metadata', 'http://169.254.169.254/latest/meta-data'],
    ['carrier-grade NAT', 'http://100.64.0.1/'],
    ['benchmarking', 'http://198.18.0.1/'],
    ['documentation', 'http://192.0.2.1/'],
    ['multicast', 'http://224.0.0.1/'],
    ['broadcast', 'http://255.255.255.255/'],
    ['future use', 'http://240.0.0.1/'],
    ['IPv6 loopback', 'http://[::1]/'],
    ['IPv6 unspecified', 'http://[::]/'],
    ['IPv4-mapped private', 'http://[::ffff:10.0.0.1]/'],
    ['IPv4-mapped in hex', 'http://[::ffff:7f00:1]/'],
    ['IPv4-mapped public', 'http://[::ffff:8.8.8.8]/'],
    ['IPv4-compatible', 'http://[::127.0.0.1]/'],
    ['IPv4-translated', 'http://[::ffff:0:127.0.0.1]/'],
    ['NAT64', 'http://[64:ff9b::7f00:1]/'],
    ['NAT64 for local use', 'http://[64:ff9b:1::7f00:1]/'],
    ['6to4', 'http://[2002:7f00:1::]/'],
    ['Teredo', 'http://[2001:0:7f00:1::]/'],
    ['unique local', 'http://[fd00::1]/'],
    ['link-local', 'http://[fe80::1]/'],
    ['site-local', 'http://[fec0::1]/'],
    ['IPv6 multicast', 'http://[ff02::1]/'],
    ['IPv6 documentation', 'http://[2001:db8::1]/'],
    ['outside 2000::/3', 'http://[4000::1]/'],
  ])('refuses %s', (_name, url) => {
    expect(closed.parse(url)).toHaveProperty('refused')
  })

  it.each(['http://8.8.8.8/', 'https://[2606:4700:4700::1111]/', 'https://example.com/hook?a=b', 'http://172.32.0.1/'])(
    'takes %s',
    (url) => {
      expect(closed.parse(url)).not.toHaveProperty('refused')
    },
  )

  it('reads origin, port and path, and drops the fragment', () => {
    expect(closed.parse('https://Example.com/a%20b?c=d#e')).toMatchObject({
      origin: 'https://example.com',
      hostname: 'example.com',
      port: 443,
      path: '/a%20b?c=d',
      secure: true,
    })
  })
})

describe('what the operator opened', () => {
  it('opens exactly the ports given, on loopback only', () => {
    const policy = createTargetPolicy({ SIGNALBOX_ALLOW_PRIVATE_TARGETS: [], SIGNALBOX_ALLOW_LOOPBACK_PORTS: [4000] })
    expect(policy.refuseAddress('127.0.0.1', 4000)).toBeNull()
    expect(policy.refuseAddress('127.9.9.9', 4000)).toBeNull()
    expect(policy.refuseAddress('::1', 4000)).toBeNull()
    expect(policy.refuseAddress('127.0.0.1', 4001)).not.toBeNull()
    expect(policy.refuseAddress('10.0.0.1', 4000)).not.toBeNull()
    expect(policy.refuseAddress('0.0.0.0', 4000)).not.toBeNull()
  })

  it('opens the blocks given and nothing beside them', () => {
    const policy = createTargetPolicy({
      SIGNALBOX_ALLOW_PRIVATE_TARGETS: ['10.1.0.0/16', 'fd00::/8', '192.168.7.7'],
      SIGNALBOX_ALLOW_LOOPBACK_PORTS: [],
    })
    expect(policy.refuseAddress('10.1.2.3', 80)).toBeNull()
    expect(policy.refuseAddress('fd12::1', 80)).toBeNull()
    expect(policy.refuseAddress('192.168.7.7', 80)).toBeNull()
    expect(policy.refuseAddress('10.2.0.1', 80)).not.toBeNull()
    expect(policy.refuseAddress('192.168.7.8', 80)).not.toBeNull()
    expect(policy.refuseAddress('::ffff:10.1.2.3', 80)).not.toBeNull()
  })

  it('says which entry cannot be read', () => {
    expect(() => createTargetPolicy({ SIGNALBOX_ALLOW_PRIVATE_TARGETS: ['10.0.0.0/99'], SIGNALBOX_ALLOW_LOOPBACK_PORTS: [] })).toThrow(
      'SIGNALBOX_ALLOW_PRIVATE_TARGETS: "10.0.0.0/99"',
    )
  })

  it('refuses what is no address, and scoped addresses', () => {
    expect(closed.refuseAddress('nonsense', 80)).not.toBeNull()
    expect(closed.refuseAddress('fe80::1%eth0', 80)).not.toBeNull()
    expect(closed.refuseAddress('0x7f.1', 80)).not.toBeNull()
  })
})
