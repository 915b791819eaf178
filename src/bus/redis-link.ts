import type { RedisTarget } from '../redis/redis-client.ts'
import type { OpenLink } from './link.ts'
import { openShardedTransport } from './redis-sharded-transport.ts'
import { openPlainTransport } from './redis-transport.ts'
import { createRemoteLink, type LinkOptions } from './remote-link.ts'

export interface RedisLinkOptions extends RedisTarget, LinkOptions {}

/**
 * Why Redis takes no writes, in a few words. Redis begins an error with its kind in capitals: OOM, MISCONF, READONLY, NOPERM and others.
 */
function explainRefusal(refusal: string): string {
  return refusal.startsWith('OOM') ? 'it is full' : (refusal.match(/^[A-Z]+/)?.[0] ?? 'it does not say why')
}

/** The link of several nodes, through Redis pub/sub. In a Redis Cluster each channel lives on the master that has its slot. */
export function createRedisLink({ address, ca, ...options }: RedisLinkOptions): OpenLink {
  const open = address.kind === 'cluster' ? openShardedTransport : openPlainTransport
  return createRemoteLink({
    ...options,
    name: 'Redis',
    openTransport: (how, onEnd) => open({ ...how, address, ca }, onEnd),
    explainRefusal,
  })
}
