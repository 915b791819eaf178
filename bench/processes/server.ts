import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Peer } from '../peers/peer.ts'
import { SECRET } from '../peers/tokens.ts'
import type { Memory } from '../servers/measured.ts'
import type { Core } from './cores.ts'
import { kill, nextMessage, startNode } from './node.ts'

/** A server under test. */
export interface Server {
  readonly url: string
  readonly pid: number
  /** After a full collection. */
  memory(): Promise<Memory>
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>
}

/** What outlives a server: where it keeps its data, and how its channels in Redis begin. */
export interface Home {
  readonly folder: string
  readonly prefix: string
  /** Other settings of a server that is at home here. */
  readonly env: NodeJS.ProcessEnv
  remove(): void
}

/** An empty home; with `env` it can have a Redis or a Postgres. */
export function makeHome(env: NodeJS.ProcessEnv): Home {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  const prefix = `bench-${randomBytes(4).toString('hex')}:`
  return { folder, prefix, env, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts a peer. Its limits are checked, but the rate of connections is out of the way. */
export async function startServer(
  { module, nodeOptions = '' }: Pick<Peer, 'module' | 'nodeOptions'>,
  { folder, prefix, env }: Home,
  core: Core = 'server',
): Promise<Server> {
  const child = startNode(core, `servers/${module}`, {
    ...env,
    NODE_OPTIONS: nodeOptions,
    REDIS_PREFIX: prefix,
    PORT: '0',
    DATA_DIR: folder,
    JWT_SECRET: SECRET,
    LOG_LEVEL: 'error',
    MAX_CONNECTIONS_PER_SECOND: '1000000',
  })
  const { url } = await nextMessage<{ url: string }>(child)
  return {
    url,
    pid: child.pid ?? 0,
    memory: async () => {
      child.send('memory')
      return nextMessage<Memory>(child)
    },
    kill: () => kill(child),
  }
}
