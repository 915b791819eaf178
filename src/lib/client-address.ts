import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import proxyaddr from 'proxy-addr'

/** The trusted proxies: either how many stand in front of Herald, or their addresses, ranges and names such as `loopback`. */
export type TrustedProxies = number | readonly string[]

const MAX_PROXIES = 32

/**
 * Parses a number of proxies (`1`) or a list of them (`10.0.0.0/8, loopback`). For anything else it returns what is wrong, as `mistake`.
 */
export function parseTrustedProxies(text: string): TrustedProxies | { readonly mistake: string } {
  if (/^\d+$/.test(text)) {
    const count = Number(text)
    return count <= MAX_PROXIES ? count : { mistake: `must be at most ${MAX_PROXIES} proxies` }
  }
  const proxies = text.split(',').map((entry) => entry.trim())
  try {
    proxyaddr.compile(proxies)
    return proxies
  } catch {
    return {
      mistake: 'must be a number of proxies, or their addresses and ranges: 10.0.0.0/8, 2001:db8::/32, loopback',
    }
  }
}

/** The address that a request comes from. */
export interface ClientAddress {
  /** An IPv4 address, or the first half (/64) of an IPv6 address, whose owner can choose the second half freely. `unknown` without one. */
  readonly key: string
  /** The address may be that of a proxy which is not trusted, and so many clients may share it. */
  readonly isShared: boolean
}

/** Returns the address that a request comes from. */
export type AddressOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => ClientAddress

const WITH_BRACKETS = /^\[([^\]]+)\](?::\d+)?$/
const WITH_PORT = /^([\d.]+):\d+$/

/** The prefix of an IPv4 address on a socket that listens to IPv4 and IPv6, as in `::ffff:10.0.0.1`. */
const MAPPED = '::ffff:'

function withoutPort(text: string): string {
  return WITH_BRACKETS.exec(text)?.[1] ?? WITH_PORT.exec(text)?.[1] ?? text
}

/** The `ClientAddress.key` of an address as a proxy or Node writes it. Undefined when the text is no address. */
function keyOf(text: string): string | undefined {
  const mapped = text.startsWith(MAPPED) ? text.slice(MAPPED.length) : undefined
  if (mapped !== undefined && isIP(mapped) === 4) return mapped
  const plain = withoutPort(text)
  const kind = isIP(plain)
  if (kind === 4) return plain
  if (kind === 0) return undefined
  const address = ipaddr.IPv6.parse(plain)
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}

const NOWHERE = 'unknown'

/** The address of the other end of the connection, whatever headers say: for when no proxy is trusted. */
const addressOfPeer: AddressOf = ({ socket, headers }) => ({
  key: keyOf(socket.remoteAddress ?? '') ?? NOWHERE,
  isShared: headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined,
})

/**
 * Returns a function that finds the client of a request. Of `X-Forwarded-For` it reads only what trusted proxies have written, from the
 * end. An entry that is no address counts as the proxy that wrote it. Throws a TypeError when a proxy is neither an address, a range nor a
 * name.
 */
export function createAddressOf(proxies: TrustedProxies | undefined): AddressOf {
  if (proxies === undefined || proxies === 0) return addressOfPeer
  const isTrusted =
    typeof proxies === 'number'
      ? (_address: string, hop: number): boolean => hop < proxies
      : proxyaddr.compile([...proxies])
  return (request) => {
    // The nearest first: the other end of the connection, then the one that it forwards for, and so on.
    const hops = proxyaddr.all(request as IncomingMessage, isTrusted).map((hop) => keyOf(hop ?? ''))
    return { key: hops.findLast((key) => key !== undefined) ?? NOWHERE, isShared: false }
  }
}
