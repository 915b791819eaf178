import { setTimeout } from 'node:timers/promises'
import type { Storm } from '../load/orders.ts'
import type { Peer } from '../peers/peer.ts'
import type { Redis } from '../processes/redis.ts'
import { withStage } from './stage.ts'

/** What one storm of one peer brought. */
export interface StormSample extends Storm {
  readonly peer: string
  readonly repetition: number
  readonly clients: number
  /** Events that each client missed. */
  readonly missed: number
}

export interface StormSize {
  readonly clients: number
  readonly missed: number
}

/** Until what clients acknowledged is on disk. */
const SETTLE_MS = 4_000
/** Others, who follow a ticket all the time. */
const LIVE = { clients: 100, pace: { perSecond: 20 } }

/**
 * A server is killed and started again. Meanwhile each client misses events, where the product stores any, and then all come
 * back at once with the operations that they had, while others follow a ticket.
 */
export function measureStorm(
  peer: Peer,
  { clients, missed }: StormSize,
  { redis, repetition }: { readonly redis: Redis; readonly repetition: number },
): Promise<StormSample> {
  return withStage(peer, { redis }, async ({ load, start, target }) => {
    const first = await start()
    await load.connect('all', target('users', clients, [first]))
    await load.begin('all')
    await setTimeout(SETTLE_MS)
    await first.kill()
    if (peer.stores) {
      const other = await start('load')
      await load.store('all', other.url, missed)
      await other.kill()
    }
    const second = await start()
    await load.connect('live', target('ticket', LIVE.clients, [second]))
    await load.begin('live')
    const { urls, pids } = target('users', clients, [second])
    const storm = await load.storm('all', { urls, pids, live: { group: 'live', pace: LIVE.pace } })
    return { peer: peer.id, repetition, clients, missed: peer.stores ? missed : 0, ...storm }
  })
}
