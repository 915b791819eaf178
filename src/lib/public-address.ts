import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Finds all addresses of a host, as `dns.lookup` does. */
export type FindAddresses = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void

/** Public addresses of IPv6 are in the first network. The others are not public, although `ipaddr.js` takes them for it. */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')
const FOR_EXAMPLES = ipaddr.IPv6.parseCIDR('3fff::/20')
const FOR_BENCHMARKS = ipaddr.IPv4.parseCIDR('198.18.0.0/15')

/** The range of an address as `ipaddr.js` calls it; `none` for what it cannot read, such as `::127.0.0.1`. */
function rangeOf(address: string): string {
  return ipaddr.isValid(address) && isIP(address) !== 0 ? ipaddr.process(address).range() : 'none'
}

/** Whether an address is that of this machine: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return rangeOf(address) === 'loopback'
}

/**
 * Whether an address is one of the public internet. Those of private networks, of this machine and of a link are not, nor are those that
 * stand for another address, such as `::ffff:10.0.0.1`, where that is not.
 */
export function isPublic(address: string): boolean {
  if (rangeOf(address) !== 'unicast') return false
  const known = ipaddr.process(address)
  if (known instanceof ipaddr.IPv4) return !known.match(FOR_BENCHMARKS)
  return known.match(PUBLIC_IPV6) && !known.match(FOR_EXAMPLES)
}

/** The host of a URL as an address or a name: `[::1]` is `::1`. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

const THIS_MACHINE = 'localhost'

/** Whether a host may be called: by its literal address, or as far as its name says. The addresses of a name are checked by the lookup. */
export function isLoopbackHost(host: string): boolean {
  return host === THIS_MACHINE || isLoopback(host)
}

const findAll: FindAddresses = (host, done) => lookup(host, { all: true }, done)

/**
 * Returns a `lookup` for a request which fails when any address of a host is not public. The address that was checked is the one that is
 * connected to, so a name cannot change in between. For `localhost` all addresses must be of this machine instead. Node calls it for names
 * only, so a literal address has to be checked before.
 */
export function createPublicLookup(find: FindAddresses = findAll): LookupFunction {
  return (host, options, callback) => {
    find(host, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const isAllowed = host === THIS_MACHINE ? isLoopback : isPublic
      const other = addresses.find(({ address }) => !isAllowed(address))
      const [first] = addresses
      if (other || !first)
        return callback(new Error(`${host} has the address ${other?.address}, which is not public`), '', 0)
      if (options.all) return callback(null, [...addresses])
      callback(null, first.address, first.family)
    })
  }
}
