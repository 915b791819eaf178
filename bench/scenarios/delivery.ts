import type { Pace, Window } from '../load/orders.ts'
import type { Kind, Peer } from '../peers/peer.ts'
import { startLoad, startServer } from '../processes.ts'
import type { Redis } from '../redis.ts'

/** Many clients, and load on them. */
export interface Delivery {
  readonly id: string
  readonly title: string
  readonly kind: Kind
  readonly clients: number
  /** In the order of running; each has a name of its own. */
  readonly loads: Readonly<Record<string, Pace>>
}

/** What one repetition of one peer brought. */
export interface Sample {
  readonly peer: string
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
  },
]

/** Runs a scenario once with a fresh server and a fresh load generator. */
export const measureDelivery = async (
  peer: Peer,
  { kind, clients, loads }: Delivery,
  { redis, ms }: { readonly redis: Redis; readonly ms: number },
): Promise<Sample> => {
  await redis.flush()
  const server = await startServer(peer, redis.url)
  const load = startLoad()
  try {
    const { url, prefix, pid } = server
    const before = await server.memory()
    const pids = { server: pid, redis: redis.pid }
    const use = await load.connect({ peer: peer.id, kind, clients, url, prefix, redisUrl: redis.url, pids })
    const after = await server.memory()
    await load.begin()
    const windows: Record<string, Window> = {}
    for (const [name, pace] of Object.entries(loads)) windows[name] = await load.load(pace, ms)
    return {
      peer: peer.id,
      connect: {
        cpuMsPerConnection: use.serverMs / clients,
        connectionsPerSecond: (clients * 1_000) / use.ms,
        foreign: use.foreign,
      },
      memory: { rss: (after.rss - before.rss) / clients, heap: (after.heap - before.heap) / clients },
      loads: windows,
    }
  } finally {
    await load.stop()
    await server.stop()
  }
}
