import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { createAddressOf } from '../../src/lib/client-address.ts'

function requestOf(remoteAddress: string, forwarded?: string) {
  return {
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage
}

function addressOf(proxies: string | undefined, remoteAddress: string, forwarded?: string) {
  return createAddressOf(loadConfig({ TRUST_PROXY: proxies }).server.trustedProxies)(
    requestOf(remoteAddress, forwarded),
  )
}

describe('without a proxy', () => {
  test('is who holds the connection, whatever it says', () => {
    expect(addressOf(undefined, '192.0.2.1', '198.51.100.7')).toEqual({ key: '192.0.2.1', isShared: true })
    expect(addressOf('0', '192.0.2.1', '198.51.100.7').key).toBe('192.0.2.1')
    expect(addressOf(undefined, '192.0.2.1')).toEqual({ key: '192.0.2.1', isShared: false })
  })

  test.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:bbbb::1', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', 'unknown'],
  ])('counts %s as %s', (remoteAddress, key) => {
    expect(addressOf(undefined, remoteAddress).key).toBe(key)
  })
})

describe('behind proxies', () => {
  test.each([
    ['one proxy', '1', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['one proxy, and a client that makes up an address', '1', '10.0.0.1', '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    ['two proxies', '2', '10.0.0.1', '203.0.113.9, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['a range', '10.0.0.0/8', '10.0.0.1', '203.0.113.9, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['names', 'loopback, 10.0.0.0/8', '127.0.0.1', '198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['a range that the proxy is not of', '10.0.0.0/8', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['a proxy that names no address', '1', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['a proxy that names a long text', '1', '10.0.0.1', 'x'.repeat(100), '10.0.0.1'],
    ['an octal address', '1', '10.0.0.1', '0x7f.1', '10.0.0.1'],
    ['the proxy before one that names no address', '2', '10.0.0.1', '_hidden, 198.51.100.7', '198.51.100.7'],
    ['a proxy that says nothing', '1', '10.0.0.1', undefined, '10.0.0.1'],
    ['a port', '1', '10.0.0.1', '198.51.100.7:5678', '198.51.100.7'],
    ['brackets and a port', '1', '10.0.0.1', '[2001:db8::1]:443', '2001:db8:0:0::/64'],
    ['an IPv4 address in IPv6', '1', '::ffff:10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
  ])('takes the word of %s', (_, proxies, remoteAddress, forwarded, key) => {
    expect(addressOf(proxies, remoteAddress, forwarded)).toEqual({ key, isShared: false })
  })

  test.each(['-1', '33', 'proxy', '10.0.0.0/33', '10.0.0.1,,', '1.5'])('cannot be told by %j', (proxies) => {
    expect(() => loadConfig({ TRUST_PROXY: proxies })).toThrow(/TRUST_PROXY must be/)
  })
})
