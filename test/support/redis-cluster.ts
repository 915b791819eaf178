import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './proxy.ts'
import { forFile, forTest, type RedisOfFile, useRedis } from './redis.ts'
import { type Opened, openRedisProcess, type RedisProcess } from './redis-server.ts'

/** One server of a cluster. It knows its slots when it is started again, but has no data. */
export interface ClusterServer extends RedisProcess {
  readonly port: number
  /** Where the other servers speak to it. */
  readonly busPort: number
  /** Its id in the cluster. */
  readonly id: string
  /** For commands to this server alone. It connects again by itself. */
  readonly client: Redis
}

/** A Redis Cluster of a test's own. */
export interface RedisCluster {
  readonly url: string
  /** Three, and each has a third of the slots. */
  readonly masters: readonly ClusterServer[]
  /** The one of each master, in the same order; none unless asked for. */
  readonly replicas: readonly ClusterServer[]
}

const SLOTS = 16_384
const MASTERS = 3

/** A server that does not answer the others for this long is taken for dead, in milliseconds. */
const NODE_TIMEOUT_MS = 1_000

async function openServer(folder: string): Promise<Opened<ClusterServer>> {
  const [port, busPort] = [await freePort(), await freePort()]
  const args = ['--port', port, '--cluster-enabled', 'yes', '--cluster-port', busPort]
  const settings = ['--cluster-config-file', join(folder, `${port}.conf`), '--cluster-node-timeout', NODE_TIMEOUT_MS]
  const server = await openRedisProcess([...args, ...settings].map(String))
  const client = new Redis(port, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  const close = async (): Promise<void> => {
    client.disconnect()
    await server.close()
  }
  return { ...server, port, busPort, id: String(await client.cluster('MYID')), client, close }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(20)
}

async function info({ client }: ClusterServer): Promise<string> {
  return String(await client.cluster('INFO'))
}

/** Makes servers that know nothing of each other a cluster: the first three share the slots, the others are their replicas. */
async function unite(servers: readonly ClusterServer[]): Promise<void> {
  const masters = servers.slice(0, MASTERS)
  const shares = masters.map((server, index) => {
    const bound = (share: number): number => Math.floor((share * SLOTS) / MASTERS)
    return server.client.call('CLUSTER', 'ADDSLOTSRANGE', bound(index), bound(index + 1) - 1)
  })
  await Promise.all(shares)
  await Promise.all(servers.map(({ client }, index) => client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)))
  const [first, ...others] = servers
  for (const { port, busPort } of others) await first?.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
  const isKnown = async (server: ClusterServer): Promise<boolean> =>
    (await info(server)).includes(`cluster_known_nodes:${servers.length}`)
  for (const server of servers) await until(() => isKnown(server))
  for (const [index, server] of servers.slice(MASTERS).entries()) {
    await server.client.call('CLUSTER', 'REPLICATE', masters[index]?.id ?? '')
  }
  for (const server of servers) await until(async () => (await info(server)).includes('cluster_state:ok'))
  for (const { client } of servers.slice(MASTERS)) {
    await until(async () => (await client.info('replication')).includes('master_link_status:up'))
  }
}

export interface ClusterOptions {
  /** Each master has a replica, which takes over when it dies. */
  readonly hasReplicas?: boolean
}

/** Opens a cluster of three masters. */
export async function openRedisCluster({ hasReplicas = false }: ClusterOptions = {}): Promise<Opened<RedisCluster>> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-cluster-'))
  const count = hasReplicas ? 2 * MASTERS : MASTERS
  const servers = await Promise.all(Array.from({ length: count }, () => openServer(folder)))
  await unite(servers)
  const masters = servers.slice(0, MASTERS)
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    replicas: servers.slice(MASTERS),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a cluster that the test may do anything to; it ends with the test. */
export function startRedisCluster(options?: ClusterOptions): Promise<RedisCluster> {
  return forTest(() => openRedisCluster(options))
}

/** One cluster for a whole test file. */
function useRedisCluster(): RedisOfFile {
  return forFile(() => openRedisCluster())
}

/** What everything must work on, for a whole test file. Call it at the top. */
export function useEachRedis(): readonly (readonly [name: string, redis: RedisOfFile])[] {
  return [
    ['a Redis server', useRedis()],
    ['a Redis Cluster', useRedisCluster()],
  ]
}
