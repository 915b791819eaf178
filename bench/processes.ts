import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnPinned } from './cores.ts'
import type { CpuUse } from './load/cpu.ts'
import type { Order, Pace, Target, Window } from './load/orders.ts'
import type { Peer } from './peers/peer.ts'
import { SECRET } from './peers/tokens.ts'
import type { Memory } from './servers/measured.ts'

/** A Node process that talks to this one. */
const start = (core: 'server' | 'load', file: string, env: NodeJS.ProcessEnv): ChildProcess =>
  spawnPinned(core, process.execPath, ['--expose-gc', join(import.meta.dirname, file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

const answer = async <Answer>(child: ChildProcess): Promise<Answer> => {
  const stopped = once(child, 'exit').then(() => Promise.reject(new Error('The process ended')))
  const [message] = (await Promise.race([once(child, 'message'), stopped])) as [Answer]
  return message
}

const stop = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** A server under test. */
export interface Server {
  readonly url: string
  readonly pid: number
  /** Begins its channels in Redis, where it lets that be chosen. */
  readonly prefix: string
  /** After a full collection. */
  memory(): Promise<Memory>
  stop(): Promise<void>
}

/** Starts a peer with an empty data folder. Its limits are checked, but the rate of connections is out of the way. */
export const startServer = async ({ module }: Peer, redisUrl: string | undefined): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  const prefix = `bench-${randomBytes(4).toString('hex')}:`
  const child = start('server', `servers/${module}`, {
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    REDIS_PREFIX: prefix,
    PORT: '0',
    DATA_DIR: folder,
    JWT_SECRET: SECRET,
    LOG_LEVEL: 'warn',
    MAX_CONNECTIONS_PER_SECOND: '1000000',
  })
  const { url } = await answer<{ url: string }>(child)
  return {
    url,
    pid: child.pid ?? 0,
    prefix,
    memory: async () => {
      child.send('memory')
      return answer<Memory>(child)
    },
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

/** The load generator. */
export interface Load {
  /** Connects and subscribes all clients; what that took, until the server had nothing left to do. */
  connect(target: Target): Promise<CpuUse>
  /** Makes sure that everybody gets events. */
  begin(): Promise<void>
  load(pace: Pace, ms: number): Promise<Window>
  stop(): Promise<void>
}

/** Starts a load generator for one run. */
export const startLoad = (): Load => {
  const child = start('load', 'load/main.ts', {})
  const ask = async <Answer>(order: Order): Promise<Answer> => {
    child.send(order)
    const { answer: given, error } = await answer<{ answer: Answer; error?: string }>(child)
    if (error) throw new Error(error)
    return given
  }
  return {
    connect: (target) => ask({ do: 'connect', ...target }),
    begin: () => ask({ do: 'begin' }),
    load: (pace, ms) => ask({ do: 'load', pace, ms }),
    stop: () => stop(child),
  }
}
