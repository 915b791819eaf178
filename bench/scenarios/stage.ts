import type { Target } from '../load/orders.ts'
import type { Kind, Peer } from '../peers/peer.ts'
import type { Core } from '../processes/cores.ts'
import { type Load, startLoad } from '../processes/load.ts'
import type { Redis } from '../processes/redis.ts'
import { makeHome, type Server, startServer } from '../processes/server.ts'

/** Servers of one peer that share their data, and a load generator. */
export interface Stage {
  readonly load: Load
  /** Starts a server; they all have the same data. */
  start(core?: Core): Promise<Server>
  /** Clients of servers, which get them in turn; commands go to the first one. */
  target(kind: Kind, clients: number, servers: readonly Server[]): Target
}

/** What a stage stands on. */
export interface Ground {
  readonly redis: Redis
  /** Of a Postgres; without it, a product that stores uses its own file. */
  readonly databaseUrl?: string | undefined
}

/** Sets a stage with no data, has something played on it, and clears it away. */
export async function withStage<Result>(
  peer: Peer,
  { redis, databaseUrl }: Ground,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  await redis.flush()
  const home = makeHome({
    REDIS_URL: redis.url,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  })
  const load = startLoad()
  const servers: Server[] = []
  try {
    return await play({
      load,
      start: async (core) => {
        const server = await startServer(peer, home, core)
        servers.push(server)
        return server
      },
      target: (kind, clients, nodes) => ({
        peer: peer.id,
        kind,
        clients,
        urls: nodes.map(({ url }) => url),
        commandUrl: nodes[0]?.url ?? '',
        redisUrl: redis.url,
        prefix: home.prefix,
        pids: { servers: nodes.map(({ pid }) => pid), redis: redis.pid },
      }),
    })
  } finally {
    await load.stop()
    for (const server of servers) await server.kill()
    home.remove()
  }
}
