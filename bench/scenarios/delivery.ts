import type { Pace, Window } from '../load/orders.ts'
import type { Kind, Peer } from '../peers/peer.ts'
import type { Redis } from '../processes/redis.ts'
import { withStage } from './stage.ts'

/** Many clients, and load on them. */
export interface Delivery {
  readonly id: string
  readonly title: string
  readonly kind: Kind
  readonly clients: number
  /** In the order of running; each has a name of its own. */
  readonly loads: Readonly<Record<string, Pace>>
  /** The same for products that store what they tell, through their commands. */
  readonly stored?: Readonly<Record<string, Pace>>
}

/** What one repetition of one peer brought. */
export interface Sample {
  readonly peer: string
  readonly repetition: number
  /** Of connecting, authenticating and subscribing. */
  readonly connect: {
    readonly cpuMsPerConnection: number
    readonly connectionsPerSecond: number
    readonly foreign: number
  }
  /** Growth of the process per connection, in bytes, after a full collection. */
  readonly memory: { readonly rss: number; readonly heap: number }
  readonly loads: Readonly<Record<string, Window>>
}

export const DELIVERIES: readonly Delivery[] = [
  {
    id: 'fan-200',
    title: '200 followers of one ticket',
    kind: 'ticket',
    clients: 200,
    loads: { saturated: { outstanding: 32 } },
  },
  {
    id: 'fan-1000',
    title: '1,000 followers of one ticket',
    kind: 'ticket',
    clients: 1_000,
    loads: { saturated: { outstanding: 8 }, '20 events/s': { perSecond: 20 } },
    stored: {
      'saturated, stored': { outstanding: 8, stored: true },
      '20 events/s, stored': { perSecond: 20, stored: true },
    },
  },
  {
    id: 'fan-5000',
    title: '5,000 followers of one ticket',
    kind: 'ticket',
    clients: 5_000,
    loads: { saturated: { outstanding: 4 } },
  },
  {
    id: 'users-5000',
    title: '5,000 users with notifications of their own',
    kind: 'users',
    clients: 5_000,
    loads: { saturated: { outstanding: 512 }, '10,000 events/s': { perSecond: 10_000 } },
    stored: {
      'saturated, stored': { outstanding: 64, stored: true },
      '200 events/s, stored': { perSecond: 200, stored: true },
    },
  },
]

/** Runs a scenario once with a fresh server and a fresh load generator. */
export function measureDelivery(
  peer: Peer,
  { kind, clients, loads, stored }: Delivery,
  { redis, ms, repetition }: { readonly redis: Redis; readonly ms: number; readonly repetition: number },
): Promise<Sample> {
  return withStage(peer, { redis }, async ({ load, start, target }) => {
    const server = await start()
    const before = await server.memory()
    const use = await load.connect('all', target(kind, clients, [server]))
    const after = await server.memory()
    const windows: Record<string, Window> = {}
    const run = async (paces: Readonly<Record<string, Pace>>): Promise<void> => {
      await load.begin('all')
      for (const [name, pace] of Object.entries(paces)) windows[name] = await load.load('all', pace, ms)
    }
    // What is stored comes first: what is only told on the bus makes clients believe in revisions that are not there.
    if (stored && peer.stores) await run(stored)
    await run(loads)
    return {
      peer: peer.id,
      repetition,
      connect: {
        cpuMsPerConnection: use.serverMs / clients,
        connectionsPerSecond: (clients * 1_000) / use.ms,
        foreign: use.foreign,
      },
      memory: { rss: (after.rss - before.rss) / clients, heap: (after.heap - before.heap) / clients },
      loads: windows,
    }
  })
}
