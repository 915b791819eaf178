import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './proxy.ts'
import { forTest } from './redis.ts'
import { type Opened, openRedisProcess, type RedisProcess } from './redis-server.ts'

/** A master with one replica, watched by three Sentinels: two of them suffice to promote the replica. */
export interface RedisSentinels {
  readonly url: string
  readonly master: RedisProcess
  readonly replica: RedisProcess
  readonly replicaPort: number
  /** The port of the server that the Sentinels call the master now. */
  masterPort(): Promise<number>
}

const MASTER_NAME = 'herald-tests'
const SENTINELS = 3

/** A server that says nothing for this long is taken for dead, in milliseconds. */
const DOWN_AFTER_MS = 1_000

async function openSentinel(folder: string, masterPort: number) {
  const port = await freePort()
  const file = join(folder, `sentinel-${port}.conf`)
  const lines = [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER_NAME} 5000`,
  ]
  writeFileSync(file, lines.join('\n'))
  const sentinel = await openRedisProcess([file, '--sentinel', '--port', String(port)])
  const client = new Redis(port, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  return { ...sentinel, port, client }
}

type Sentinel = Awaited<ReturnType<typeof openSentinel>>

/** Resolves when a Sentinel knows the replica and the other Sentinels, so that a failover can begin. */
async function complete({ client }: Sentinel): Promise<void> {
  const count = async (what: string): Promise<number> => {
    const found = await client.call('SENTINEL', what, MASTER_NAME)
    return Array.isArray(found) ? found.length : 0
  }
  while ((await count('SENTINELS')) < SENTINELS - 1 || (await count('REPLICAS')) < 1) await setTimeout(20)
}

async function openRedisSentinels(): Promise<Opened<RedisSentinels>> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-sentinel-'))
  const [masterPort, replicaPort] = [await freePort(), await freePort()]
  const master = await openRedisProcess(['--port', String(masterPort)])
  const following = ['--replicaof', '127.0.0.1', String(masterPort), '--repl-ping-replica-period', '1']
  const replica = await openRedisProcess(['--port', String(replicaPort), ...following])
  const sentinels = await Promise.all(Array.from({ length: SENTINELS }, () => openSentinel(folder, masterPort)))
  await Promise.all(sentinels.map(complete))
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`,
    master,
    replica,
    replicaPort,
    masterPort: async () => {
      const found = await sentinels[0]?.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME)
      return Array.isArray(found) ? Number(found[1]) : 0
    },
    close: async () => {
      for (const { client } of sentinels) client.disconnect()
      await Promise.all([...sentinels, master, replica].map((server) => server.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a set that fails over by itself; it ends with the test. */
export function startRedisSentinels(): Promise<RedisSentinels> {
  return forTest(openRedisSentinels)
}
