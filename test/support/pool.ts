import { nodeEnvironment } from './nodes.ts'
import { openPostgresServer } from './postgres-server.ts'
import { type HeraldProcess, startProcess } from './process.ts'
import { forTest } from './redis.ts'
import { tempFolder } from './temp.ts'

/** Nodes behind a load balancer, each a process that can die and be replaced. */
export interface Pool {
  /** Where the next request goes; while no node is there, to where the last one was. */
  url(): string
  /** The port of the same: pass it to `openProxy`, whose networks are the balancer of sockets. */
  readonly port: () => number
  /** Takes a node out with a signal and, when it has ended, puts another one in its place. */
  replace(signal: NodeJS.Signals): Promise<void>
}

async function openPool(env: Readonly<Record<string, string>>, size: number): Promise<Pool> {
  const live: HeraldProcess[] = []
  let last = ''
  let turn = 0
  let replacing: Promise<void> = Promise.resolve()

  const url = (): string => {
    turn += 1
    last = live[turn % live.length]?.url ?? last
    return last
  }
  const replaceFirst = async (signal: NodeJS.Signals): Promise<void> => {
    await live.shift()?.stop(signal)
    live.push(await startProcess(env))
  }

  for (let node = 0; node < size; node += 1) live.push(await startProcess(env))
  return {
    url,
    port: () => Number(new URL(url()).port),
    replace: (signal) => {
      // One after the other: of two nodes, one is always there.
      replacing = replacing.then(() => replaceFirst(signal))
      return replacing
    },
  }
}

/** One process with the embedded database; it ends with the test. */
export function openSingle(): Promise<Pool> {
  return openPool({ DATA_DIR: tempFolder() }, 1)
}

/** Two nodes over a Postgres of their own and this Redis, where memberships are; they end with the test. */
export async function openPair(redisUrl: string): Promise<Pool> {
  const { url } = await forTest(openPostgresServer)
  return openPool({ ...nodeEnvironment(redisUrl), DATABASE_URL: url, REDIS_LEASE_MS: '1500' }, 2)
}
